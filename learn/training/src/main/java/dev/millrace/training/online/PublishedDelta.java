package dev.millrace.training.online;

import dev.millrace.model.ItemId;
import dev.millrace.models.delta.ItemChange;
import dev.millrace.models.delta.ModelDelta;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A delta as it was published, to be read by item. Immutable. */
final class PublishedDelta implements Corrections {
    private final ModelDelta delta;
    private final Map<ItemId, ItemChange> items;

    PublishedDelta(ModelDelta delta) {
        this.delta = delta;
        items = HashMap.newHashMap(delta.items().size());
        delta.items().forEach(change -> items.put(change.item(), change));
    }

    ModelDelta delta() {
        return delta;
    }

    @Override
    public double bias(ItemId item, List<String> topics) {
        ItemChange change = items.get(item);
        double sum = 0;
        for (String topic : topics) {
            sum += delta.topics().getOrDefault(topic, 0f);
        }
        return (change == null ? 0 : change.bias()) + (topics.isEmpty() ? 0 : sum / topics.size());
    }

    @Override
    public float @Nullable [] shift(ItemId item) {
        ItemChange change = items.get(item);
        return change == null ? null : change.shift();
    }

    @Override
    public float[] userShift() {
        return delta.userShift();
    }
}
