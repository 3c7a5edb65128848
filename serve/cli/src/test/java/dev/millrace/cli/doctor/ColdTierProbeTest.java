package dev.millrace.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.cli.doctor.Finding.Verdict;
import dev.millrace.runtime.Configuration;
import dev.millrace.runtime.Deadline;
import dev.millrace.server.hold.ColdSettings;
import dev.millrace.storage.cold.ColdEntry;
import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.ColdStoreException;
import dev.millrace.storage.cold.ColdStoreException.Reason;
import dev.millrace.storage.cold.DirectoryColdStore;
import dev.millrace.testkit.S3Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
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
    void object_thatCannotBeReadBack_doesNotStay() throws IOException {
        Path place = folder.resolve("cold");
        try (ColdStore whole = DirectoryColdStore.open(place);
                ColdStore unreadable = new Unreadable(whole)) {
            assertThrows(ColdStoreException.class, () -> ColdTierProbe.putAndRead(unreadable));
            assertEquals(List.of(), whole.list(""));
        }
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

    /** A store that takes and deletes objects, and gives none. */
    private record Unreadable(ColdStore whole) implements ColdStore {
        @Override
        public void put(ColdName name, Path file) throws ColdStoreException {
            whole.put(name, file);
        }

        @Override
        public void read(ColdName name, long offset, int length, MemorySegment into, Deadline deadline)
                throws ColdStoreException {
            throw new ColdStoreException(Reason.UNAVAILABLE, "no right to read " + name);
        }

        @Override
        public long size(ColdName name, Deadline deadline) throws ColdStoreException {
            return whole.size(name, deadline);
        }

        @Override
        public List<ColdEntry> list(String prefix) throws ColdStoreException {
            return whole.list(prefix);
        }

        @Override
        public void delete(ColdName name) throws ColdStoreException {
            whole.delete(name);
        }

        @Override
        public void close() {}
    }
}
