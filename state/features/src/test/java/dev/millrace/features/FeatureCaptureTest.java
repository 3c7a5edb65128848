package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Random;

/** What is captured is the state of one offset, whatever happens while it is read. */
final class FeatureCaptureTest {
    @Test
    void capture_whileEventsGoOn_isTheStateOfItsBeginByteForByte() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long kept = 0;
        for (int round = 0; round < 20; round++) {
            EventWorld world = new EventWorld(random.nextLong(), 1 + random.nextInt(200), 1 + random.nextInt(100), 9);
            FeatureState state = new FeatureState(FeaturesConfig.defaults());
            long offset = apply(state, world, 0, random.nextInt(2_000));
            byte[] expected = drain(state.capture());
            Capture capture = state.capture();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            long most = 0;
            while (capture.write(out, 1 + random.nextInt(5)) != null) {
                offset = apply(state, world, offset, random.nextInt(20));
                most = Math.max(most, capture.keptBytes());
            }
            assertEquals(0, capture.keptBytes(), "all that was kept was written, seed " + seed);
            capture.close();
            assertArrayEquals(expected, bytes.toByteArray(), "seed " + seed + ", round " + round);
            kept += most;
        }
        assertTrue(kept > 0, "no event changed what was not read yet, seed " + seed);
    }

    @Test
    void capture_whileAnotherIsOpen_isRefused() {
        FeatureState state = new FeatureState(FeaturesConfig.defaults());
        Capture first = state.capture();
        assertThrows(IllegalStateException.class, state::capture);
        first.close();
        state.capture().close();
    }

    private static long apply(FeatureState state, EventWorld world, long from, int count) {
        for (long offset = from; offset < from + count; offset++) {
            assertTrue(state.apply(offset, world.event()));
        }
        return from + count;
    }

    private static byte[] drain(Capture capture) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        String section = capture.write(out, 100);
        while (section != null) {
            section = capture.write(out, 100);
        }
        capture.close();
        return bytes.toByteArray();
    }
}
