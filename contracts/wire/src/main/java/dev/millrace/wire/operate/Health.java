package dev.millrace.wire.operate;

import java.util.List;

/**
 * How the server is, for whoever has no key.
 *
 * @param state as in {@link Stats}
 * @param problems what an operator has to look at, in general words: {@code GET /v1/stats} and the log name files and remedies
 */
public record Health(String state, List<String> problems) {
    public Health {
        problems = List.copyOf(problems);
    }
}
