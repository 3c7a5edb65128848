package dev.millrace.inference;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;

import java.io.IOException;
import java.util.Locale;

/**
 * What runs a graph's operators. The CPU is in every build of ONNX Runtime; the others come with builds of their own and
 * with their vendors' libraries, and have not been run on a real device by Millrace's own tests.
 */
public enum ExecutionProvider {
    CPU(OrtProvider.CPU),
    /** NVIDIA, with the artifact {@code onnxruntime_gpu}. */
    CUDA(OrtProvider.CUDA),
    /** NVIDIA with ahead-of-time engines, with the artifact {@code onnxruntime_gpu}. */
    TENSORRT(OrtProvider.TENSOR_RT),
    /** Intel, with a build of ONNX Runtime that has OpenVINO. */
    OPENVINO(OrtProvider.OPEN_VINO);

    private final OrtProvider provider;

    ExecutionProvider(OrtProvider provider) {
        this.provider = provider;
    }

    /** Whether the ONNX Runtime on the class path was built with it; its vendor's libraries may still be missing. */
    public boolean isBuiltIn() {
        return OrtEnvironment.getAvailableProviders().contains(provider);
    }

    /** Adds the provider before the CPU, which runs whatever the provider does not know. */
    void addTo(OrtSession.SessionOptions options, int device) throws IOException {
        if (!isBuiltIn()) {
            throw new IOException("inference.provider is " + name().toLowerCase(Locale.ROOT)
                    + ", but the ONNX Runtime on the class path was built with "
                    + OrtEnvironment.getAvailableProviders()
                    + " only; put a build with it there, or set inference.provider=cpu");
        }
        try {
            switch (this) {
                case CPU -> {} // always there
                case CUDA -> options.addCUDA(device);
                case TENSORRT -> options.addTensorrt(device);
                case OPENVINO -> options.addOpenVINO(device == 0 ? "CPU" : "GPU." + (device - 1));
            }
        } catch (OrtException e) {
            throw new IOException(
                    "inference.provider " + name().toLowerCase(Locale.ROOT) + " cannot start on device " + device + ": "
                            + e.getMessage() + "; see 'millrace doctor', or set inference.provider=cpu",
                    e);
        }
    }
}
