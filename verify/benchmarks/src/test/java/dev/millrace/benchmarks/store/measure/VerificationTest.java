package dev.millrace.benchmarks.store.measure;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.benchmarks.store.engine.Int8Rows;
import dev.millrace.benchmarks.store.engine.OpaqueRows;
import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.measure.Verification.WrongAnswerException;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

class VerificationTest {
    private static final int COUNT = 20;

    @Test
    void checkRows_everySingleWrongByte_isCaught() {
        catchesEveryByte(new OpaqueRows(1000, 256));
        catchesEveryByte(new Int8Rows(1000));
    }

    private static void catchesEveryByte(RowSource source) {
        long[] keys = keys(source);
        MemorySegment rows = MemorySegment.ofArray(new byte[COUNT * source.rowBytes()]);
        for (int i = 0; i < COUNT; i++) {
            source.write(keys[i], i, rows, (long) i * source.rowBytes());
        }
        assertDoesNotThrow(() -> Verification.checkRows(source, keys, COUNT, COUNT, rows));
        for (long at = 0; at < rows.byteSize(); at++) {
            byte right = rows.get(ValueLayout.JAVA_BYTE, at);
            rows.set(ValueLayout.JAVA_BYTE, at, (byte) (right ^ 1));
            assertThrows(
                    WrongAnswerException.class,
                    () -> Verification.checkRows(source, keys, COUNT, COUNT, rows),
                    "byte " + at);
            rows.set(ValueLayout.JAVA_BYTE, at, right);
        }
    }

    @Test
    void checkRows_theRowOfAnotherKey_isCaught() {
        OpaqueRows source = new OpaqueRows(1000, 256);
        long[] keys = keys(source);
        MemorySegment rows = MemorySegment.ofArray(new byte[COUNT * source.rowBytes()]);
        for (int i = 0; i < COUNT; i++) {
            source.write(keys[i == 7 ? 8 : i], 0, rows, (long) i * source.rowBytes());
        }
        assertThrows(WrongAnswerException.class, () -> Verification.checkRows(source, keys, COUNT, COUNT, rows));
    }

    @Test
    void checkRows_aMissingRow_isCaught() {
        OpaqueRows source = new OpaqueRows(1000, 256);
        MemorySegment rows = MemorySegment.ofArray(new byte[COUNT * source.rowBytes()]);
        assertThrows(
                WrongAnswerException.class, () -> Verification.checkRows(source, keys(source), COUNT, COUNT - 1, rows));
    }

    @Test
    void checkSums_oneUnitTooMuch_isCaught() {
        long[] keys = keys(new Int8Rows(1000));
        float[] sums = new float[Int8Rows.DIMENSIONS];
        Int8Rows.expectedSums(keys, COUNT, sums);
        float[] scratch = new float[Int8Rows.DIMENSIONS];
        assertDoesNotThrow(() -> Verification.checkSums(keys, COUNT, sums, scratch));
        for (int d = 0; d < sums.length; d++) {
            float[] wrong = sums.clone();
            wrong[d] += 1f / 1024;
            assertThrows(
                    WrongAnswerException.class,
                    () -> Verification.checkSums(keys, COUNT, wrong, scratch),
                    "dimension " + d);
        }
    }

    private static long[] keys(RowSource source) {
        long[] keys = new long[COUNT];
        Arrays.setAll(keys, i -> source.key(i * 31L));
        return keys;
    }
}
