package dev.millrace.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import org.junit.jupiter.api.Test;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

class MetricsTest {
    @Test
    void aCountKeptElsewhereOutlivesGarbageCollections() {
        Metrics metrics = Metrics.unpublished();
        AtomicLong requests = new AtomicLong(7);
        WeakReference<Supplier<Number>> registered = register(metrics, requests);

        // Only what nothing else holds is collected: the same number of collections clears a reference that may go.
        WeakReference<Object> garbage = new WeakReference<>(new Object());
        while (garbage.get() != null) {
            System.gc();
        }

        assertNotNull(registered.get());
        assertEquals(
                7, metrics.registry().get("millrace.requests").functionCounter().count());
    }

    private static WeakReference<Supplier<Number>> register(Metrics metrics, AtomicLong requests) {
        Supplier<Number> count = requests::get;
        metrics.counted("requests", "what was asked", count);
        return new WeakReference<>(count);
    }
}
