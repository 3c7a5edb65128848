package dev.millrace.inference;

import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Configuration;

import java.util.Arrays;
import java.util.Locale;

/**
 * Where graphs run (immutable).
 *
 * @param provider the execution provider of ONNX Runtime
 * @param index the device's number, where there are several
 * @param threads threads of the one pool that all graphs share; 1 runs each call on its caller, and parallelism is the
 *     callers'
 */
public record DeviceConfig(ExecutionProvider provider, int index, int threads) {
    private static final int LARGEST_INDEX = 63;
    private static final int LARGEST_THREADS = 256;

    public DeviceConfig {
        if (index < 0 || index > LARGEST_INDEX) {
            throw new IllegalArgumentException("inference.device is " + index + "; give 0 to " + LARGEST_INDEX);
        }
        if (threads < 1 || threads > LARGEST_THREADS) {
            throw new IllegalArgumentException("inference.threads is " + threads + "; give 1 to " + LARGEST_THREADS);
        }
    }

    public static DeviceConfig defaults() {
        return new DeviceConfig(ExecutionProvider.CPU, 0, 1);
    }

    static DeviceConfig from(Configuration configuration) {
        return new DeviceConfig(
                provider(configuration.text("inference.provider", "cpu")),
                configuration.integer("inference.device", 0, 0, LARGEST_INDEX),
                configuration.integer("inference.threads", 1, 1, LARGEST_THREADS));
    }

    private static ExecutionProvider provider(String name) {
        return Arrays.stream(ExecutionProvider.values())
                .filter(provider -> provider.name().equals(name.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new InvalidValueException(
                        "setting 'inference.provider'", "is '" + name + "'; give cpu, cuda, tensorrt or openvino"));
    }
}
