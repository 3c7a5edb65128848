package dev.millrace.benchmarks.personal;

import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.PersonalOutcome;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.personal.ValuePlace;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Nanoseconds per value of 256 bytes, each for a random person: with 1,000 people every key is in memory, with 500,000 most
 * are read from the key file and unwrapped. {@code bareCipher} is what the JCA costs alone: a reused cipher, another key each
 * time and as much authenticated data.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PersonalCipherBenchmark {
    private static final int VALUE_BYTES = 256;
    private static final int SEALED_BYTES = VALUE_BYTES + PersonalCipher.OVERHEAD_BYTES;
    private static final ValuePlace PLACE = new ValuePlace(1, 2, 3);

    /** Values that are decrypted, each of another person. */
    private static final int VALUES = 200_000;

    @Param({"1000", "500000"})
    public int people;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment plain = arena.allocate(VALUE_BYTES);
    private final MemorySegment sealed = arena.allocate(SEALED_BYTES);
    private final MemorySegment values = arena.allocate((long) VALUES * SEALED_BYTES);
    private final int[] owners = new int[VALUES];
    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[] bareText = new byte[VALUE_BYTES];
    private final byte[] bareSealed = new byte[VALUE_BYTES + 16];
    private final byte[] bareNonce = new byte[12];
    private final byte[] bareContext = new byte[32];
    private final SecretKeySpec[] bareKeys = new SecretKeySpec[1_000];
    private long count;
    private Path directory = Path.of("");

    @SuppressWarnings("NullAway.Init") // set up before any benchmark runs
    private Cipher bare;

    @SuppressWarnings("NullAway.Init") // set up before any benchmark runs
    private KeyTable table;

    @SuppressWarnings("NullAway.Init") // set up before any benchmark runs
    private PersonalCipher cipher;

    @Setup
    public void admit() throws IOException, GeneralSecurityException {
        directory = Files.createTempDirectory("millrace-keys");
        table = KeyTable.open(directory, List.of(MasterKey.parse("00".repeat(32))), Clock.system());
        List<SubjectId> all = new ArrayList<>();
        for (int person = 0; person < people; person++) {
            all.add(SubjectId.of(person));
        }
        table.admitAll(all);
        cipher = new PersonalCipher(table);
        for (int i = 0; i < VALUES; i++) {
            owners[i] = random.nextInt(people);
            require(cipher.encrypt(SubjectId.of(owners[i]), PLACE, plain, value(i)));
        }
        bare = Cipher.getInstance("AES/GCM/NoPadding");
        for (int i = 0; i < bareKeys.length; i++) {
            byte[] bits = new byte[32];
            random.nextBytes(bits);
            bareKeys[i] = new SecretKeySpec(bits, "AES");
        }
    }

    @Benchmark
    public MemorySegment encrypt() {
        require(cipher.encrypt(SubjectId.of(random.nextInt(people)), PLACE, plain, sealed));
        return sealed;
    }

    @Benchmark
    public MemorySegment decrypt() {
        int i = random.nextInt(VALUES);
        require(cipher.decrypt(SubjectId.of(owners[i]), PLACE, value(i), plain));
        return plain;
    }

    @Benchmark
    public int bareCipher() throws GeneralSecurityException {
        long number = count++;
        for (int i = 0; i < Long.BYTES; i++) {
            bareNonce[i] = (byte) (number >>> (8 * i));
        }
        SecretKeySpec key = bareKeys[random.nextInt(bareKeys.length)];
        bare.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, bareNonce));
        bare.updateAAD(bareContext);
        return bare.doFinal(bareText, 0, VALUE_BYTES, bareSealed, 0);
    }

    @TearDown
    public void close() throws IOException {
        table.close();
        arena.close();
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private MemorySegment value(int i) {
        return values.asSlice((long) i * SEALED_BYTES, SEALED_BYTES);
    }

    private static void require(PersonalOutcome outcome) {
        if (outcome != PersonalOutcome.DONE) {
            throw new IllegalStateException("the value is " + outcome);
        }
    }
}
