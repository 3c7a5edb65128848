package dev.millrace.server.hold;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.features.FeatureListener;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import org.junit.jupiter.api.Test;

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
}
