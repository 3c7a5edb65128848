package dev.millrace.wire.catalog;

import dev.millrace.model.ItemId;
import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

/** Names an item in a body, where any id can stand that was ever stored. */
public record ItemReference(@Nullable String item) {
    public ItemId id() {
        return Given.storedId("item", Given.required("item", item), ItemId::new);
    }
}
