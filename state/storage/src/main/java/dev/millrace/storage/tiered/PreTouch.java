package dev.millrace.storage.tiered;

/**
 * Which tables get all the memory of their budgets before anybody needs it, by the keeper. Tables without a budget never do:
 * their limit of rows is no promise of memory.
 */
public enum PreTouch {
    NONE,
    /** Those whose rows all stay in memory; not volatile ones, which are filled before anybody reads them. */
    PINNED,
    ALL;

    boolean asksFor(TableSpec spec) {
        if (spec.dramBytes() == Long.MAX_VALUE) {
            return false;
        }
        return switch (this) {
            case NONE -> false;
            case PINNED -> spec.placement() == Placement.PINNED;
            case ALL -> true;
        };
    }
}
