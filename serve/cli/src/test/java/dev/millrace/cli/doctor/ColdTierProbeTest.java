package dev.millrace.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.cli.doctor.Finding.Verdict;
import dev.millrace.runtime.Configuration;
import dev.millrace.server.hold.ColdSettings;
import dev.millrace.testkit.S3Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** What the doctor says of a cold tier, a real bucket among them. */
class ColdTierProbeTest {
    @TempDir
    private Path folder;

    @Test
    void bucket_thatCanBeWrittenAndRead_isGoodAndLeftAsItWas() throws IOException {
        try (S3Server server = S3Server.start(folder)) {
            server.makeBucket("cold");
            Finding finding = examine(Map.of("store.cold.s3.endpoint", server.endpoint()));
            assertEquals(Verdict.GOOD, finding.verdict(), finding::toString);
            assertTrue(finding.value().contains("bucket cold at " + server.endpoint()), finding::toString);
            try (Stream<Path> objects = Files.walk(folder.resolve("buckets/cold"))) {
                assertEquals(0, objects.filter(Files::isRegularFile).count());
            }
            Finding wrong =
                    examine(Map.of("store.cold.s3.endpoint", server.endpoint(), "store.cold.s3.secret-key", "another"));
            assertEquals(Verdict.LIMITED, wrong.verdict(), wrong::toString);
        }
    }

    @Test
    void bucket_thatIsNotReached_isToldWithWhatToLookAt() {
        Finding finding =
                examine(Map.of("store.cold.s3.endpoint", "http://127.0.0.1:9", "store.cold.s3.attempts", "1"));
        assertEquals(Verdict.LIMITED, finding.verdict());
        assertTrue(finding.meaning().contains("store.cold.s3"), finding::toString);
    }

    @Test
    void directory_andNone_areGood() {
        Configuration directory = Configuration.of(Map.of("store.cold.directory", folder.toString()));
        assertEquals(
                Verdict.GOOD,
                new ColdTierProbe(ColdSettings.from(directory)).examine().verdict());
        assertEquals(Verdict.GOOD, new ColdTierProbe(null).examine().verdict());
    }

    private static Finding examine(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "store.cold.s3.bucket", "cold",
                "store.cold.s3.access-key", S3Server.ACCESS_KEY,
                "store.cold.s3.secret-key", S3Server.SECRET_KEY));
        settings.putAll(more);
        return new ColdTierProbe(ColdSettings.from(Configuration.of(settings))).examine();
    }
}
