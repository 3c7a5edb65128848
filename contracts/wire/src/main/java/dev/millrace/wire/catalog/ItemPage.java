package dev.millrace.wire.catalog;

import dev.millrace.wire.Given;

import java.util.List;

/** Part of the catalogue, in the order in which items were first seen. */
public record ItemPage(List<ItemBody> items, long total, int offset, int limit) {
    public ItemPage {
        items = Given.list("items", items);
    }
}
