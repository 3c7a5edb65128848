package dev.millrace.server.hold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.features.FeatureListener;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicBoolean;

/** What happens to an event that the state cannot take. */
final class EventApplierTest {
    @Test
    void event_thatTheStateCannotTake_isPassedOver() {
        FeatureState state = new FeatureState(FeaturesConfig.defaults());
        state.addListener(new FeatureListener() {
            @Override
            public void onItemUpserted(int item) {
                if (item == 1) {
                    throw new IllegalStateException("not this one");
                }
            }
        });
        EventApplier applier = new EventApplier(state);
        for (int i = 0; i < 3; i++) {
            applier.accept(i, ShortenedLog.item(i));
        }
        assertEquals(3, state.appliedOffset());
        assertEquals(3, state.catalog().size());
    }

    @Test
    void event_whileTheStoreFails_isNotPassedOver() {
        FeatureState state = new FeatureState(FeaturesConfig.defaults());
        AtomicBoolean full = new AtomicBoolean(true);
        state.addListener(new FeatureListener() {
            @Override
            public void onItemUpserted(int item) {
                if (full.get()) {
                    throw new MillraceException(ErrorCode.STORAGE_FAILED, "the disk is full");
                }
            }
        });
        EventApplier applier = new EventApplier(state);
        assertThrows(MillraceException.class, () -> applier.accept(0, ShortenedLog.item(0)));
        assertEquals(0, state.appliedOffset());
        full.set(false);
        applier.accept(0, ShortenedLog.item(0));
        assertEquals(1, state.appliedOffset());
    }

    @Test
    void event_whoseRowIsLate_waitsWithoutAdviceToDeleteAnything() {
        FeatureState state = new FeatureState(FeaturesConfig.defaults());
        state.addListener(new FeatureListener() {
            @Override
            public void onItemUpserted(int item) {
                throw new MillraceException(ErrorCode.UNAVAILABLE, "the row is late");
            }
        });
        EventApplier applier = new EventApplier(state);
        MillraceException waits = assertThrows(MillraceException.class, () -> applier.accept(0, ShortenedLog.item(0)));
        assertFalse(String.valueOf(waits.getMessage()).contains("delete"), waits::getMessage);
        assertEquals(0, state.appliedOffset());
    }
}
