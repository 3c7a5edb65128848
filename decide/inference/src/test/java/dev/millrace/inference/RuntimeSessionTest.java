package dev.millrace.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.onnxruntime.OnnxTensor;
import dev.millrace.inference.watch.RunWatch;
import dev.millrace.inference.watch.WatchedRun;
import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

class RuntimeSessionTest {
    private static final int DIMENSION = TestModels.DIMENSION;

    /** What is thrown is not what the runtime throws: the run is over all the same. */
    @Test
    @Timeout(60)
    void run_afterOneThatBrokeBeforeItsDeadline_isNotEnded() throws Exception {
        LongBuffer history = EncoderSlot.direct(TestModels.LENGTH * Long.BYTES)
                .asLongBuffer()
                .put(0, 1);
        FloatBuffer user = EncoderSlot.direct(DIMENSION * Float.BYTES).asFloatBuffer();
        try (RuntimeSession session = RuntimeSession.load(
                        TestModels.sumEncoder("history", "user", DIMENSION), Path.of("sum"), DeviceConfig.defaults());
                OnnxTensor input =
                        OnnxTensor.createTensor(session.environment(), history, new long[] {1, TestModels.LENGTH});
                OnnxTensor output = OnnxTensor.createTensor(session.environment(), user, new long[] {1, DIMENSION});
                RunWatch watch = RunWatch.start("sum");
                WatchedRun run = watch.add();
                WatchedRun late = watch.add()) {
            Map<String, OnnxTensor> outputs = Map.of("user", output);
            Map<String, OnnxTensor> broken = new HashMap<>();
            broken.put("history", null);
            Deadline soon = Deadline.after(Duration.ofMillis(300));
            assertThrows(NullPointerException.class, () -> session.run(broken, outputs, run, soon));

            // Looked at behind the other: once it is ended, the other would have been.
            late.begin(soon);
            while (watch.ended() == 0) {
                Thread.onSpinWait();
            }
            late.end(soon);

            session.run(Map.of("history", input), outputs, run, Deadline.none());
            assertEquals(TestModels.rows()[0], user.get(0));
        }
    }
}
