package dev.millrace.models.delta;

import dev.millrace.model.ItemId;

/**
 * What was learnt of one item since the model was trained.
 *
 * @param bias what is added to the item's value, in nats
 * @param shift what is added to its vector; kept, so do not change it
 */
@SuppressWarnings("ArrayRecordComponent") // a view of one row, never compared
public record ItemChange(ItemId item, float bias, float[] shift) {
    public ItemChange {
        Finite.require("bias of " + item, bias);
        Finite.require("shift of " + item, shift);
    }
}
