package dev.millrace.server.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.features.Catalog;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.runtime.Clock;
import dev.millrace.wire.Given;
import dev.millrace.wire.StrictJson;
import dev.millrace.wire.catalog.ItemBody;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Items between what callers write and what the log and the catalogue keep. Thread-safe. */
public final class ItemBodies {
    private final Catalog catalog;
    private final Clock clock;

    public ItemBodies(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    List<Event> entry(JsonNode entry) {
        return List.of(upserted(StrictJson.read(entry, ItemBody.class)));
    }

    /** The event of a body that names its item itself. */
    public Event upserted(ItemBody body) {
        return upserted(Given.id("id", Given.required("id", body.id()), ItemId::new), body);
    }

    Event upserted(ItemId id, ItemBody body) {
        if (body.id() != null && !body.id().equals(id.value())) {
            throw new InvalidValueException(
                    "id", "'" + body.id() + "' differs from the path's '" + id + "'; leave it out or give the same");
        }
        Instant now = clock.instant();
        Item item =
                new Item(id, body.title(), body.topics(), body.attributes(), created(id, body, now), body.available());
        return new Event.ItemUpserted(new EventId("item-" + UUID.randomUUID()), now, item);
    }

    Event deleted(ItemId id) {
        return new Event.ItemDeleted(new EventId("item-" + UUID.randomUUID()), clock.instant(), id);
    }

    /** The item of an ordinal as callers read it; null for one that was deleted. */
    @Nullable
    ItemBody at(int ordinal) {
        Item item = catalog.item(ordinal);
        if (item != null) {
            return new ItemBody(
                    item.id().value(),
                    item.title(),
                    item.topics(),
                    item.attributes(),
                    item.created(),
                    item.available());
        }
        if (!catalog.isAvailable(ordinal)) {
            return null;
        }
        Instant created = Instant.ofEpochMilli(catalog.createdMillis(ordinal));
        return new ItemBody(catalog.id(ordinal).value(), "", List.of(), Map.of(), created, true);
    }

    @Nullable
    ItemBody find(ItemId id) {
        int ordinal = catalog.ordinal(id);
        return ordinal < 0 ? null : at(ordinal);
    }

    int size() {
        return catalog.size();
    }

    /** An item that is there keeps its time unless the body gives another. */
    private Instant created(ItemId id, ItemBody body, Instant now) {
        if (body.created() != null) {
            return body.created();
        }
        int ordinal = catalog.ordinal(id);
        Item known = ordinal < 0 ? null : catalog.item(ordinal);
        return known == null ? now : known.created();
    }
}
