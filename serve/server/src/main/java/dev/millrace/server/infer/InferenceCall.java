package dev.millrace.server.infer;

import dev.millrace.runtime.Priority;

import java.time.Duration;
import java.util.List;

/**
 * One inference, whatever transport brought it (immutable).
 *
 * @param id comes back with the answer; empty for none
 * @param outputs the wanted ones; empty for all
 * @param timeout how long it may take; zero for the server's own limit
 */
record InferenceCall(String id, List<Tensor> inputs, List<String> outputs, Duration timeout, Priority priority) {
    InferenceCall {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** The protocol's numbers: 0 for the default, 1 for the highest. */
    static Priority priority(long number) {
        return number <= 1 ? Priority.INTERACTIVE : Priority.BACKGROUND;
    }
}
