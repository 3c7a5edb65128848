package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.runtime.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Every setting that a server asks for stands in docs/configuration.md. */
final class SettingsDocumentTest {
    private static final Path DOCUMENT = Path.of("../../docs/configuration.md");

    @TempDir
    private Path data;

    @Test
    void document_namesEverySetting() throws Exception {
        String document = Files.readString(DOCUMENT);
        Configuration configuration = Configuration.of(Map.of("server.data-dir", data.toString(), "server.port", "0"));
        MillraceServer.start(configuration, List.of()).close();
        List<String> missing = configuration.effective().keySet().stream()
                .filter(key -> !names(document, key))
                .toList();
        assertEquals(List.of(), missing);
    }

    /** Whole, or as a first key with the same beginning and then its own ending. */
    private static boolean names(String document, String key) {
        int end = key.lastIndexOf('.');
        return document.contains("`" + key + "`")
                || (document.contains("`" + key.substring(0, end + 1))
                        && (document.contains("`" + key.substring(end) + "`")
                                || document.contains("`" + key.substring(0, end) + ".…`")));
    }
}
