package dev.millrace.training.online;

import dev.millrace.model.ItemId;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** What is added to a trained model: by a delta that was published, or by what is believed now. */
interface Corrections {
    /** What is added to an item's value, its topics included. */
    double bias(ItemId item, List<String> topics);

    /** What is added to an item's vector; null for nothing. Shared, so do not change it. */
    float @Nullable [] shift(ItemId item);

    /** What is added to each user's vector. Shared, so do not change it. */
    float[] userShift();
}
