package dev.millrace.model;

/** The caller's name of an item, unique in the catalogue. */
public record ItemId(String value) implements Comparable<ItemId> {
    public ItemId {
        Ids.requireValid("ItemId", value);
    }

    @Override
    public int compareTo(ItemId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
