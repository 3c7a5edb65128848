package dev.millrace.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Who has a directory, and until when. */
class DirectoryLockTest {
    @TempDir
    private Path directory;

    @Test
    void directory_thatIsHeld_isRefusedUntilItIsGivenBack() throws IOException {
        try (DirectoryLock _ = DirectoryLock.acquire(directory, "the store")) {
            requireRefused();
        }
        DirectoryLock.acquire(directory, "the store").close();
    }

    @Test
    void close_afterThreadsThatHaveEnded_givesItBackAtOnce() throws Exception {
        Thread ended = Thread.ofPlatform().start(() -> {});
        ended.join();
        DirectoryLock.acquire(directory, "the store")
                .closeAfter(List.of(ended, Thread.ofPlatform().unstarted(() -> {})));
        DirectoryLock.acquire(directory, "the store").close();
    }

    @Test
    void close_whileAThreadMayWrite_givesItBackWhenThatHasEnded() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        Thread writer = Thread.ofPlatform().start(() -> {
            try {
                answer.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        DirectoryLock.acquire(directory, "the store").closeAfter(List.of(writer));
        requireRefused();
        answer.countDown();
        assertTimeoutPreemptively(Duration.ofSeconds(60), this::acquireWhenFree).close();
    }

    private DirectoryLock acquireWhenFree() throws IOException {
        while (true) {
            try {
                return DirectoryLock.acquire(directory, "the store");
            } catch (MillraceException e) {
                assertEquals(ErrorCode.CONFLICT, e.code());
                Thread.onSpinWait();
            }
        }
    }

    private void requireRefused() {
        MillraceException refused =
                assertThrows(MillraceException.class, () -> DirectoryLock.acquire(directory, "the store"));
        assertEquals(ErrorCode.CONFLICT, refused.code());
    }
}
