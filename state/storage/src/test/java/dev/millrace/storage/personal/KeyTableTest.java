package dev.millrace.storage.personal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.KeyWrapper;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.disk.CrashingDisk;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Holds the key table to what it says of admitting, dropping, coming back, rewriting and damage. */
class KeyTableTest {
    private static final SubjectId ANNA = SubjectId.of(17);
    private static final SubjectId BERT = SubjectId.of("bert");
    private static final ValuePlace PLACE = new ValuePlace(1, 2, 3);
    private static final Path KEYS = Path.of("/keys");
    private static final MasterKey MASTER = MasterKey.parse("5a".repeat(32));

    private final Random random = Seed.random("KeyTableTest");
    private final ManualClock clock = new ManualClock();
    private final CrashingDisk disk = new CrashingDisk(random);

    @TempDir
    private Path directory = Path.of("");

    @Test
    void drop_ofAPerson_erasesTheirValuesAndGivesAReceipt() throws IOException {
        KeyTable table = open();
        byte[] anna = seal(table, ANNA, "anna's");
        byte[] bert = seal(table, BERT, "bert's");
        clock.advance(Duration.ofHours(1));
        ErasureReceipt receipt = table.drop(ANNA);
        assertEquals(new ErasureReceipt(ANNA, clock.instant(), 3, true), receipt);
        assertErased(table, ANNA, anna);
        assertEquals("bert's", text(table, BERT, bert));
        assertEquals(PersonalOutcome.ERASED, table.admit(ANNA));
        clock.advance(Duration.ofHours(1));
        assertEquals(receipt, table.drop(ANNA), "the first receipt");
        assertEquals(Optional.of(receipt), table.receipt(ANNA));
        assertEquals(Optional.empty(), table.receipt(BERT));

        KeyTable again = open();
        assertErased(again, ANNA, anna);
        assertEquals("bert's", text(again, BERT, bert));
        assertEquals(Optional.of(receipt), again.receipt(ANNA));
    }

    @Test
    void drop_ofAnUnknownPerson_keepsThemOut() throws IOException {
        KeyTable table = open();
        assertFalse(table.drop(ANNA).hadKey());
        assertEquals(PersonalOutcome.ERASED, open().admit(ANNA));
    }

    @Test
    void readmit_afterADrop_takesNewValuesAndLeavesTheOldErased() throws IOException {
        KeyTable table = open();
        byte[] old = seal(table, ANNA, "old");
        ErasureReceipt first = table.drop(ANNA);
        table.readmit(ANNA);
        byte[] fresh = seal(table, ANNA, "fresh");
        for (KeyTable each : List.of(table, open())) {
            assertErased(each, ANNA, old);
            assertEquals("fresh", text(each, ANNA, fresh));
            assertEquals(Optional.empty(), each.receipt(ANNA));
        }
        table.compact();
        assertErased(table, ANNA, old);
        assertEquals("fresh", text(table, ANNA, fresh));
        ErasureReceipt second = table.drop(ANNA);
        assertTrue(second.sequence() > first.sequence());
        assertErased(table, ANNA, fresh);
        assertErased(table, ANNA, old);
    }

    @Test
    void admit_again_changesNothing() throws IOException {
        KeyTable table = open();
        byte[] value = seal(table, ANNA, "value");
        assertEquals(PersonalOutcome.DONE, table.admit(ANNA));
        table.readmit(ANNA);
        assertEquals("value", text(table, ANNA, value));
        assertEquals(1, table.report().records());
    }

    @Test
    void rewrite_withAnotherMasterKey_needsTheNewOneFromThenOn() throws IOException {
        MasterKey next = MasterKey.parse("6b".repeat(32));
        KeyTable table = open();
        byte[] anna = seal(table, ANNA, "anna's");
        byte[] bert = seal(table, BERT, "bert's");
        ErasureReceipt receipt = table.drop(BERT);
        assertEquals(3, table.report().records());
        assertEquals(1, table.report().overwritten());
        table.rewrite(next);
        assertEquals(2, table.report().records(), "the dropped key's record is gone");
        assertEquals(0, table.report().overwritten());
        assertEquals(next.id(), table.report().masterKey());
        assertEquals("anna's", text(table, ANNA, anna));

        IOException refused = assertThrows(IOException.class, this::open);
        assertTrue(String.valueOf(refused.getMessage()).contains(next.id()), refused::toString);
        KeyTable again = KeyTable.open(disk, KEYS, List.of(next), clock, 16);
        assertEquals("anna's", text(again, ANNA, anna));
        assertErased(again, BERT, bert);
        assertEquals(Optional.of(receipt), again.receipt(BERT));
        RawDiskReader thief = new RawDiskReader(disk.rawBytes(), List.of(MASTER));
        assertEquals(0, thief.keysOf(ANNA), "the old master key opens nothing any more");
        assertTrue(new RawDiskReader(disk.rawBytes(), List.of(next)).keysOf(ANNA) > 0, "the new one does");
    }

    @Test
    void open_withAnotherKeyUnderTheName_isRefused() throws IOException {
        KeyTable table = open();
        byte[] value = seal(table, ANNA, "value");
        assertThrows(
                IOException.class,
                () -> KeyTable.open(
                        disk, KEYS, List.of(new Named(MASTER.id(), MasterKey.parse("00".repeat(32)))), clock, 0));
        assertEquals("value", text(open(), ANNA, value));
    }

    @Test
    void changes_whileTheDiskIsBusy_shareOneForce() throws Exception {
        KeyTable table = open();
        CountDownLatch forcing = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger forces = new AtomicInteger();
        disk.setBeforeForce(() -> {
            forces.incrementAndGet();
            forcing.countDown();
            await(gate);
        });
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<PersonalOutcome>> admitted = new ArrayList<>();
            admitted.add(threads.submit(() -> table.admit(SubjectId.of(1_000))));
            await(forcing);
            for (int i = 0; i < 200; i++) {
                SubjectId subject = SubjectId.of(i % 150);
                admitted.add(threads.submit(() -> table.admit(subject)));
            }
            while (table.waiting() < 200) {
                Thread.onSpinWait();
            }
            gate.countDown();
            for (Future<PersonalOutcome> each : admitted) {
                assertEquals(PersonalOutcome.DONE, each.get(30, TimeUnit.SECONDS));
            }
        }
        assertEquals(2, forces.get());
        assertEquals(151, table.report().records());
        assertEquals(151, open().report().people());
    }

    @Test
    void admitAll_ofMany_givesEachAKeyAndLeavesTheDroppedOut() throws IOException {
        KeyTable table = open();
        table.drop(SubjectId.of(3));
        AtomicInteger forces = new AtomicInteger();
        disk.setBeforeForce(forces::incrementAndGet);
        List<SubjectId> people = new ArrayList<>();
        for (int person = 0; person < 10_000; person++) {
            people.add(SubjectId.of(person));
        }
        table.admitAll(people);
        assertEquals(3, forces.get(), "groups of 4,096");
        KeyTable again = open();
        assertEquals(10_000, again.report().people());
        for (SubjectId person : people) {
            PersonalOutcome expected = person.low() == 3 ? PersonalOutcome.ERASED : PersonalOutcome.DONE;
            assertEquals(expected, again.find(person).outcome);
        }
    }

    @Test
    void values_byManyThreadsWithDropsAndRewrites_areRightOrErased() throws Exception {
        KeyTable table = KeyTable.open(disk, KEYS, List.of(MASTER), clock, 8);
        PersonalCipher cipher = new PersonalCipher(table);
        int people = 40;
        List<byte[]> sealed = new ArrayList<>();
        for (int person = 0; person < people; person++) {
            sealed.add(seal(table, SubjectId.of(person), "value " + person));
        }
        AtomicInteger dropped = new AtomicInteger();
        // Dropping takes milliseconds: without waiting, it may be over before a reader has begun.
        CountDownLatch reading = new CountDownLatch(3);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                long seed = random.nextLong();
                readers.add(threads.submit(
                        () -> readUntilAllAreDropped(cipher, sealed, dropped, reading, new Random(seed))));
            }
            assertTrue(reading.await(60, TimeUnit.SECONDS));
            for (int person = 0; person < people; person++) {
                table.drop(SubjectId.of(person));
                dropped.set(person + 1);
                if (person % 10 == 5) {
                    table.compact();
                }
            }
            for (Future<Integer> reader : readers) {
                assertTrue(reader.get(60, TimeUnit.SECONDS) > 0);
            }
        }
    }

    @Test
    void open_anyBitFlipped_losesAtMostThatRecord() throws IOException {
        KeyTable table = open();
        byte[] anna = seal(table, ANNA, "anna's");
        byte[] bert = seal(table, BERT, "bert's");
        table.drop(ANNA);
        table.admit(SubjectId.of(5));
        table.close();
        Path file = disk.list(KEYS).getFirst();
        byte[] whole = disk.content(file);
        for (int bit = 0; bit < 8 * whole.length; bit += bit < 8 * 64 || bit > 8 * 4090 ? 1 : 37) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            disk.replaceContent(file, flipped);
            if (bit / 8 < KeyFormat.HEADER_BYTES) {
                assertThrows(IOException.class, this::open, "header bit " + bit);
                continue;
            }
            KeyTable after = open();
            long record = (bit / 8 - KeyFormat.HEADER_BYTES) / KeyFormat.RECORD_BYTES;
            byte[] read = new byte[6];
            assertTrue(decrypt(after, ANNA, anna, read) != PersonalOutcome.DONE, "bit " + bit + " brings back a key");
            PersonalOutcome other = decrypt(after, BERT, bert, read);
            assertEquals(record != 1 || isPadding(bit), other == PersonalOutcome.DONE, "bit " + bit);
            after.close();
            disk.replaceContent(file, whole);
        }
    }

    @Test
    void open_cutAnywhere_keepsTheWholeRecords() throws IOException {
        KeyTable table = open();
        List<byte[]> sealed = new ArrayList<>();
        for (int person = 0; person < 5; person++) {
            sealed.add(seal(table, SubjectId.of(person), "value " + person));
        }
        table.close();
        Path file = disk.list(KEYS).getFirst();
        byte[] whole = disk.content(file);
        for (int length = KeyFormat.HEADER_BYTES; length <= whole.length; length++) {
            disk.replaceContent(file, Arrays.copyOf(whole, length));
            KeyTable after = open();
            int records = (length - KeyFormat.HEADER_BYTES) / KeyFormat.RECORD_BYTES;
            assertEquals(records, after.report().records());
            for (int person = 0; person < 5; person++) {
                PersonalOutcome expected = person < records ? PersonalOutcome.DONE : PersonalOutcome.UNKNOWN;
                assertEquals(expected, decrypt(after, SubjectId.of(person), sealed.get(person), new byte[7]));
            }
            seal(after, SubjectId.of(99), "written behind the cut");
            after.close();
        }
        disk.replaceContent(file, Arrays.copyOf(whole, 100));
        assertThrows(IOException.class, this::open);
    }

    @Test
    void open_ofARewrittenFileThatWasCut_isRefused() throws IOException {
        byte[] whole = rewrittenFile(new ArrayList<>());
        Path file = disk.list(KEYS).getFirst();
        for (int length = KeyFormat.HEADER_BYTES; length < whole.length; length += 64) {
            disk.replaceContent(file, Arrays.copyOf(whole, length));
            IOException refused = assertThrows(IOException.class, this::open, "cut to " + length);
            int records = (length - KeyFormat.HEADER_BYTES) / KeyFormat.RECORD_BYTES;
            assertTrue(
                    String.valueOf(refused.getMessage())
                            .contains("it holds " + records + " records and was written with 5"),
                    refused.getMessage());
            assertEquals(length, disk.content(file).length, "nothing is changed");
        }
    }

    @Test
    void open_ofARewrittenFileWithADamagedEnd_callsNoOneErased() throws IOException {
        List<byte[]> sealed = new ArrayList<>();
        byte[] whole = rewrittenFile(sealed);
        Arrays.fill(whole, whole.length - KeyFormat.RECORD_BYTES, whole.length, (byte) 7);
        disk.replaceContent(disk.list(KEYS).getFirst(), whole);
        KeyTable table = open();
        assertEquals(1, table.report().damaged());
        assertEquals(0, table.report().cut());
        assertEquals(PersonalOutcome.DONE, decryptByNumber(table, sealed.get(3)));
        assertEquals(PersonalOutcome.DAMAGED, decryptByNumber(table, sealed.get(4)));
        byte[] later = seal(table, SubjectId.of(99), "later");
        assertEquals(PersonalOutcome.DONE, decryptByNumber(open(), later));
    }

    @Test
    void open_ofACutFileThatDoesNotSayItsRecords_callsNoOneErased() throws IOException {
        List<byte[]> sealed = new ArrayList<>();
        byte[] whole = rewrittenFile(sealed);
        Path file = disk.list(KEYS).getFirst();
        byte[] header = KeyHeader.decode(file, Arrays.copyOf(whole, KeyFormat.HEADER_BYTES))
                .holding(0)
                .encode();
        System.arraycopy(header, 0, whole, 0, header.length);
        disk.replaceContent(file, Arrays.copyOf(whole, whole.length - 2 * KeyFormat.RECORD_BYTES));
        KeyTable table = open();
        assertEquals(PersonalOutcome.DONE, decryptByNumber(table, sealed.get(2)));
        assertEquals(PersonalOutcome.UNKNOWN, decryptByNumber(table, sealed.get(3)));
        assertEquals(PersonalOutcome.UNKNOWN, decryptByNumber(table, sealed.get(4)));
    }

    @Test
    void admit_onAFullDisk_isRefusedAndTheTableGoesOn() throws IOException {
        KeyTable table = open();
        disk.fillUp(true);
        MillraceException full = assertThrows(MillraceException.class, () -> table.admit(ANNA));
        assertEquals(ErrorCode.STORAGE_FAILED, full.code());
        assertThrows(MillraceException.class, table::compact);
        disk.fillUp(false);
        byte[] value = seal(table, ANNA, "value");
        assertEquals("value", text(open(), ANNA, value));
        assertEquals(1, disk.list(KEYS).size(), "nothing unfinished is left");
    }

    @Test
    void open_ofFileOfTheFirstFormat_isRead() throws IOException {
        String hex;
        try (var in = KeyTableTest.class.getResourceAsStream("/personal-keys-v1.hex")) {
            hex = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
        }
        String[] parts = hex.strip().split("\n");
        byte[] file = Arrays.copyOf(HexFormat.of().parseHex(parts[0]), KeyFormat.HEADER_BYTES);
        byte[] records = HexFormat.of().parseHex(parts[1]);
        Files.write(directory.resolve("keys-00000000000000000003.table"), concatenate(file, records));
        byte[] numbered = HexFormat.of().parseHex(parts[2]);
        byte[] named = HexFormat.of().parseHex(parts[3]);
        byte[] bits = new byte[32];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (byte) i;
        }
        MasterKey master = MasterKey.parse(HexFormat.of().formatHex(bits));
        try (KeyTable table = KeyTable.open(directory, List.of(master), Clock.system())) {
            assertEquals("Grüß Gott", text(table, SubjectId.of(42), numbered));
            assertErased(table, SubjectId.of("anna"), named);
            assertEquals(7, table.receipt(SubjectId.of("anna")).orElseThrow().sequence());
            assertEquals(3, table.report().generation());
        }
    }

    @Test
    void open_whileAnotherHasIt_isRefused() throws IOException {
        try (KeyTable table = KeyTable.open(directory, List.of(MASTER), clock)) {
            MillraceException taken =
                    assertThrows(MillraceException.class, () -> KeyTable.open(directory, List.of(MASTER), clock));
            assertEquals(ErrorCode.CONFLICT, taken.code());
            assertTrue(taken.getMessage().startsWith("the key table"), taken.getMessage());
            assertEquals(0, table.report().people());
        }
        KeyTable.open(directory, List.of(MASTER), clock).close();
    }

    @Test
    void change_afterClose_isRefused() throws IOException {
        KeyTable table = open();
        table.close();
        assertThrows(MillraceException.class, () -> table.admit(ANNA));
        assertThrows(MillraceException.class, () -> table.drop(ANNA));
    }

    /** A wrapper that claims another's name. */
    private record Named(String id, KeyWrapper real) implements KeyWrapper {
        @Override
        public byte[] wrap(byte[] key, byte[] context) throws IOException {
            return real.wrap(key, context);
        }

        @Override
        public byte[] unwrap(byte[] wrapped, byte[] context) throws IOException {
            return real.unwrap(wrapped, context);
        }
    }

    private static int readUntilAllAreDropped(
            PersonalCipher cipher, List<byte[]> sealed, AtomicInteger dropped, CountDownLatch reading, Random order) {
        int reads = 0;
        while (dropped.get() < sealed.size()) {
            int person = order.nextInt(sealed.size());
            boolean wasDropped = person < dropped.get();
            byte[] read = new byte[sealed.get(person).length - PersonalCipher.OVERHEAD_BYTES];
            PersonalOutcome outcome = cipher.decrypt(
                    SubjectId.of(person),
                    PLACE,
                    MemorySegment.ofArray(sealed.get(person)),
                    MemorySegment.ofArray(read));
            if (outcome == PersonalOutcome.DONE) {
                assertFalse(wasDropped, "read after the drop returned");
                assertEquals("value " + person, new String(read, StandardCharsets.UTF_8));
            } else {
                assertEquals(PersonalOutcome.ERASED, outcome);
            }
            if (reads++ == 0) {
                reading.countDown();
            }
        }
        return reads;
    }

    /** Bytes that no checksum covers: unused ones of a live key's record. */
    private static boolean isPadding(int bit) {
        int at = (bit / 8 - KeyFormat.HEADER_BYTES) % KeyFormat.RECORD_BYTES;
        return at >= KeyFormat.SECRET_CRC_AT + 4 && at < KeyFormat.SEALED_AT
                || at >= KeyFormat.SEALED_AT + KeyFormat.SEALED_BYTES;
    }

    /** The bytes of a closed table of five people that was rewritten once. */
    private byte[] rewrittenFile(List<byte[]> sealed) throws IOException {
        KeyTable table = open();
        for (int person = 0; person < 5; person++) {
            sealed.add(seal(table, SubjectId.of(person), "value"));
        }
        table.compact();
        table.close();
        return disk.content(disk.list(KEYS).getFirst());
    }

    private static PersonalOutcome decryptByNumber(KeyTable table, byte[] sealed) {
        return new PersonalCipher(table)
                .decrypt(PLACE, MemorySegment.ofArray(sealed), MemorySegment.ofArray(new byte[5]));
    }

    private KeyTable open() throws IOException {
        return KeyTable.open(disk, KEYS, List.of(MASTER), clock, 16);
    }

    private static byte[] seal(KeyTable table, SubjectId subject, String text) {
        byte[] plain = text.getBytes(StandardCharsets.UTF_8);
        byte[] sealed = new byte[plain.length + PersonalCipher.OVERHEAD_BYTES];
        PersonalOutcome outcome = new PersonalCipher(table)
                .encrypt(subject, PLACE, MemorySegment.ofArray(plain), MemorySegment.ofArray(sealed));
        assertEquals(PersonalOutcome.DONE, outcome);
        return sealed;
    }

    private static String text(KeyTable table, SubjectId subject, byte[] sealed) {
        byte[] plain = new byte[sealed.length - PersonalCipher.OVERHEAD_BYTES];
        assertEquals(PersonalOutcome.DONE, decrypt(table, subject, sealed, plain));
        return new String(plain, StandardCharsets.UTF_8);
    }

    private static void assertErased(KeyTable table, SubjectId subject, byte[] sealed) {
        byte[] plain = new byte[sealed.length - PersonalCipher.OVERHEAD_BYTES];
        assertEquals(PersonalOutcome.ERASED, decrypt(table, subject, sealed, plain));
        assertArrayEquals(new byte[plain.length], plain, "nothing is written");
    }

    private static PersonalOutcome decrypt(KeyTable table, SubjectId subject, byte[] sealed, byte[] plain) {
        return new PersonalCipher(table)
                .decrypt(subject, PLACE, MemorySegment.ofArray(sealed), MemorySegment.ofArray(plain));
    }

    private static byte[] concatenate(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
