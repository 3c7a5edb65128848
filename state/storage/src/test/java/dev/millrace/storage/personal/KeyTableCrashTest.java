package dev.millrace.storage.personal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.KeyWrapper;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.disk.CrashingDisk;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Holds the key table to its word over crashes at every write, force, rename and deletion, and over failing disks: what was
 * admitted is readable, what was dropped is gone, also from the raw disk, and never comes back.
 */
class KeyTableCrashTest {
    private static final Path DIRECTORY = Path.of("/keys");
    private static final int PEOPLE = 6;
    private static final MasterKey FIRST = MasterKey.parse("11".repeat(32));
    private static final MasterKey SECOND = MasterKey.parse("22".repeat(32));
    private static final List<MasterKey> MASTERS = List.of(FIRST, SECOND);

    private final Random random = Seed.random("KeyTableCrashTest");

    @Test
    void dropAndRewrite_crashAtEveryStep_neverBringBackWhatWasDropped() throws IOException {
        int step = 0;
        boolean crashed = true;
        while (crashed) {
            for (int round = 0; round < 4; round++) {
                World world = new World();
                world.disk.crashAfter(step);
                crashed = world.disk.isCrashedBy(() -> scenario(world));
                world.restart();
                world.check();
                world.change();
                world.check();
            }
            step++;
        }
        assertTrue(step > 40, "only " + step + " steps were tried");
    }

    @Test
    void changes_atRandomWithManyCrashes_keepTheirWord() throws IOException {
        for (int round = 0; round < 60; round++) {
            World world = new World();
            for (int life = 0; life < 6; life++) {
                world.disk.crashAfter(random.nextInt(60));
                world.disk.isCrashedBy(() -> {
                    world.open();
                    for (int i = 0; i < 40; i++) {
                        world.change();
                    }
                });
                world.restart();
                world.check();
            }
        }
    }

    @Test
    void changes_atRandomOnADiskThatFails_keepTheirWord() throws IOException {
        int refused = 0;
        for (int round = 0; round < 100; round++) {
            World world = new World();
            world.open();
            for (int life = 0; life < 6; life++) {
                world.disk.failAfter(random.nextInt(30));
                for (int i = 0; i < 20; i++) {
                    refused += world.changeOnFailingDisk() ? 0 : 1;
                }
                world.disk.work();
                if (random.nextBoolean()) {
                    world.disk.powerFailure();
                }
                world.restart();
                world.check();
            }
        }
        assertTrue(refused > 100, "the disk failed only " + refused + " changes");
    }

    private static void scenario(World world) throws IOException {
        world.open();
        for (int person = 0; person < 4; person++) {
            world.write(person);
        }
        world.drop(0);
        world.rewrite(FIRST);
        world.drop(1);
        world.readmit(0);
        world.write(0);
        world.rewrite(SECOND);
        world.drop(2);
        world.drop(0);
    }

    /** A value that was encrypted, and what became of its key. */
    private static final class Value {
        final int person;
        final ValuePlace place;
        final byte[] plain;
        final byte[] sealed;
        boolean dropWanted;
        boolean dropped;

        Value(int person, ValuePlace place, byte[] plain, byte[] sealed) {
            this.person = person;
            this.place = place;
            this.plain = plain;
            this.sealed = sealed;
        }

        long keyId() {
            return KeyFormat.littleEndian(sealed).getLong(0) & 0xFF_FFFF_FFFF_FFFFL;
        }
    }

    /** A disk, the table on it, and what the world was told. */
    private final class World {
        final CrashingDisk disk = new CrashingDisk(random);
        final List<Value> values = new ArrayList<>();
        final Map<Integer, ErasureReceipt> receipts = new HashMap<>();
        final Set<Integer> readmitting = new HashSet<>();

        /** Whose drop failed: what is written for them until the table is opened again may be erased with the rest. */
        final Set<Integer> unsure = new HashSet<>();

        @SuppressWarnings("NullAway.Init") // opened before anything else
        KeyTable table;

        @SuppressWarnings("NullAway.Init") // opened before anything else
        PersonalCipher cipher;

        void open() throws IOException {
            table = KeyTable.open(disk, DIRECTORY, new ArrayList<>(MASTERS), Clock.system(), 4);
            cipher = new PersonalCipher(table);
        }

        /** The process died, and maybe the power went; the opening dies a few times as well. */
        void restart() throws IOException {
            disk.restart();
            int deaths = random.nextInt(3);
            for (int i = 0; i < deaths; i++) {
                disk.crashAfter(random.nextInt(12));
                disk.isCrashedBy(this::open);
                disk.restart();
            }
            open();
            unsure.clear();
        }

        void change() {
            int person = random.nextInt(PEOPLE);
            switch (random.nextInt(8)) {
                case 0 -> drop(person);
                case 1 -> readmit(person);
                case 2 -> rewrite(random.nextBoolean() ? FIRST : SECOND);
                default -> write(person);
            }
        }

        /** @return whether it was done */
        boolean changeOnFailingDisk() {
            try {
                change();
                return true;
            } catch (MillraceException e) {
                return false;
            }
        }

        void write(int person) {
            byte[] plain = new byte[random.nextInt(100)];
            random.nextBytes(plain);
            byte[] sealed = new byte[plain.length + PersonalCipher.OVERHEAD_BYTES];
            ValuePlace place = new ValuePlace(1, values.size(), random.nextLong());
            PersonalOutcome outcome =
                    cipher.encrypt(subject(person), place, MemorySegment.ofArray(plain), MemorySegment.ofArray(sealed));
            if (outcome == PersonalOutcome.DONE) {
                Value value = new Value(person, place, plain, sealed);
                value.dropWanted = unsure.contains(person);
                values.add(value);
            }
        }

        void drop(int person) {
            values.stream().filter(value -> value.person == person).forEach(value -> value.dropWanted = true);
            unsure.add(person);
            ErasureReceipt receipt = table.drop(subject(person));
            unsure.remove(person);
            values.stream().filter(value -> value.person == person).forEach(value -> value.dropped = true);
            receipts.put(person, receipt);
            assertEquals(PersonalOutcome.ERASED, table.admit(subject(person)));
        }

        void readmit(int person) {
            readmitting.add(person);
            table.readmit(subject(person));
        }

        void rewrite(KeyWrapper master) {
            table.rewrite(master);
        }

        void check() throws IOException {
            RawDiskReader thief = new RawDiskReader(disk.rawBytes(), MASTERS);
            for (Value value : values) {
                byte[] read = new byte[value.plain.length];
                PersonalOutcome outcome = cipher.decrypt(
                        subject(value.person),
                        value.place,
                        MemorySegment.ofArray(value.sealed),
                        MemorySegment.ofArray(read));
                if (outcome == PersonalOutcome.DONE) {
                    assertFalse(value.dropped, "a dropped person's value is readable");
                    assertArrayEquals(value.plain, read);
                } else {
                    assertEquals(PersonalOutcome.ERASED, outcome);
                    assertTrue(value.dropWanted, "a value that nobody dropped is erased");
                    // Whoever saw it erased may rely on it.
                    value.dropped = true;
                    assertFalse(thief.hasKey(subject(value.person), value.keyId()), "an erased key is on the raw disk");
                }
            }
            checkReceipts();
        }

        private void checkReceipts() {
            receipts.forEach((person, receipt) -> {
                if (!readmitting.contains(person)) {
                    assertEquals(receipt, table.receipt(subject(person)).orElseThrow());
                    assertEquals(receipt, table.drop(subject(person)));
                }
            });
        }
    }

    private static SubjectId subject(int person) {
        return SubjectId.of(person);
    }
}
