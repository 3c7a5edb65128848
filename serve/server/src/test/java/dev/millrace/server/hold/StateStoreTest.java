package dev.millrace.server.hold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.FeaturesConfig;
import dev.millrace.index.TrendingConfig;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.retrieval.RetrievalConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** What retention may delete, and what a start makes of a log that it has shortened. */
final class StateStoreTest {
    private static final RetrievalConfig SAVED = RetrievalConfig.defaults();
    private static final RetrievalConfig OTHER_HALF_LIFE = new RetrievalConfig(
            SAVED.topics(),
            SAVED.coVisitation(),
            new TrendingConfig(SAVED.trending().capacity(), Duration.ofDays(9)),
            SAVED.newItems());

    @TempDir
    private Path directory;

    private final ShortenedLog log = new ShortenedLog();
    private int clicks;

    @BeforeEach
    void fill() {
        log.append(ShortenedLog.item(0));
        click(9);
    }

    @Test
    void restore_withoutSnapshot_protectsTheWholeLog() throws IOException {
        restore(SAVED);
        assertEquals(0, log.protectedFrom);
    }

    @Test
    void save_protectsFromTheOldestSnapshotThatIsKept() throws IOException {
        saveAt(10);
        assertEquals(10, log.protectedFrom);
        saveAt(20);
        assertEquals(10, log.protectedFrom, "the older one needs the events after it");
        saveAt(30);
        assertEquals(20, log.protectedFrom);
        log.protectedFrom = -1;
        restore(SAVED);
        assertEquals(20, log.protectedFrom, "a start protects before it is asked to save");
    }

    @Test
    void restore_withAnotherHalfLife_makesTheIndexesFromTheWholeLog() throws IOException {
        saveAt(10);
        StateStore.Restored held = restore(OTHER_HALF_LIFE);
        assertEquals(10, held.state().appliedOffset());
        assertTrue(held.indexes().trending().standing(0) > 0);
    }

    @Test
    void restore_withAnotherHalfLifeAndAShortenedLog_keepsTheFeaturesAndBeginsTheIndexesAnew() throws IOException {
        saveAt(10);
        log.begin = 5;
        StateStore.Restored held = restore(OTHER_HALF_LIFE);
        assertEquals(10, held.state().appliedOffset());
        assertEquals(1, held.state().catalog().size());
        assertEquals(0, held.indexes().trending().standing(0));
        held.state().apply(10, ShortenedLog.click(clicks));
        assertTrue(held.indexes().trending().standing(0) > 0, "they follow from here on");
    }

    @Test
    void restore_withAShortenedLogAndNoSnapshot_isRefused() {
        log.begin = 5;
        MillraceException refused = assertThrows(MillraceException.class, () -> restore(SAVED));
        assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
    }

    /** A process that starts, follows the log up to this offset and saves. */
    private void saveAt(long offset) throws IOException {
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        click(Math.toIntExact(offset - log.end()));
        log.read(held.state().appliedOffset()).poll(held.state()::apply, 1_000);
        store.save(held);
    }

    private StateStore.Restored restore(RetrievalConfig config) throws IOException {
        return store().restore(FeaturesConfig.defaults(), config);
    }

    private StateStore store() {
        return new StateStore(directory, log, new SnapshotConfig(1, Duration.ofHours(1), 2));
    }

    private void click(int count) {
        for (int i = 0; i < count; i++) {
            log.append(ShortenedLog.click(clicks++));
        }
    }
}
