package dev.millrace.inference;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * The process's one ONNX Runtime, with one pool of threads for all graphs, in which nothing spins (thread-safe).
 *
 * <p>The runtime allows one environment in a process and fixes its pool when it is made, so this is the one place where
 * static state is right: whoever loads the first graph decides.
 */
final class SharedRuntime {
    private static @Nullable SharedRuntime instance;

    private final OrtEnvironment environment;
    /** False where other code of this process made the environment before, without a pool. */
    private final boolean pooled;

    private SharedRuntime(OrtEnvironment environment, boolean pooled) {
        this.environment = environment;
        this.pooled = pooled;
    }

    static synchronized SharedRuntime open(int threads) throws IOException {
        SharedRuntime made = instance;
        if (made == null) {
            made = make(threads);
            instance = made;
        }
        return made;
    }

    private static SharedRuntime make(int threads) throws IOException {
        try (OrtEnvironment.ThreadingOptions options = new OrtEnvironment.ThreadingOptions()) {
            options.setGlobalIntraOpNumThreads(threads);
            options.setGlobalInterOpNumThreads(1);
            options.setGlobalSpinControl(false);
            return new SharedRuntime(
                    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, "millrace", options),
                    true);
        } catch (IllegalStateException madeBefore) {
            return new SharedRuntime(OrtEnvironment.getEnvironment(), false);
        } catch (OrtException e) {
            throw new IOException("ONNX Runtime cannot start: " + e.getMessage(), e);
        }
    }

    OrtEnvironment environment() {
        return environment;
    }

    /** Memory patterns are off since the number of rows changes from call to call. */
    OrtSession.SessionOptions options() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        if (pooled) {
            options.disablePerSessionThreads();
        } else {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry("session.inter_op.allow_spinning", "0");
        }
        options.setMemoryPatternOptimization(false);
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
        return options;
    }
}
