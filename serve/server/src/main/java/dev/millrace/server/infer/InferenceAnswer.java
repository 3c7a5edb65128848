package dev.millrace.server.infer;

import java.util.List;

/** What an inference gave, and which version gave it (immutable). */
record InferenceAnswer(String model, String version, String id, List<Tensor> outputs) {
    InferenceAnswer {
        outputs = List.copyOf(outputs);
    }
}
