package dev.millrace.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import picocli.CommandLine.Option;

/** How a command answers: for people by default, as one JSON document with {@code --json}. */
final class OutputOptions {
    private static final ObjectMapper LINES = new ObjectMapper();
    private static final ObjectMapper DOCUMENTS = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    @Option(names = "--json", description = "Print the result as one JSON document on standard output.")
    private boolean json;

    boolean isJson() {
        return json;
    }

    /** The document of a record, a map or a list. */
    static String document(Object value) {
        return write(DOCUMENTS, value);
    }

    /** The same on a single line, for commands whose last line a program reads. */
    static String line(Object value) {
        return write(LINES, value);
    }

    private static String write(ObjectMapper mapper, Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no JSON form: " + value, e);
        }
    }
}
