package dev.millrace.model;

import java.util.List;
import java.util.Map;

/**
 * A request for a personal slate.
 *
 * @param scenario the name of the pipeline that answers: {@code home}, {@code popularity}, {@code random}, …
 * @param count how many items, 1 to 200
 * @param context what the caller knows of the moment: device, place, page
 * @param boosts factors on the value of items that match
 * @param exclude items that must not be in the slate
 * @param dryRun whether nothing may be logged or counted
 * @param explain whether the answer says how each item came to its place
 */
public record Query(
        UserId user,
        String scenario,
        int count,
        Map<String, String> context,
        Filter filter,
        List<Boost> boosts,
        List<ItemId> exclude,
        boolean dryRun,
        boolean explain) {
    public static final int MAX_COUNT = 200;
    public static final int MAX_EXCLUDED = 10_000;
    public static final int MAX_BOOSTS = 32;

    public Query {
        context = Map.copyOf(context);
        boosts = List.copyOf(boosts);
        exclude = List.copyOf(exclude);
        if (count < 1 || count > MAX_COUNT) {
            throw new InvalidValueException("count", "is " + count + "; give 1 to " + MAX_COUNT);
        }
        if (exclude.size() > MAX_EXCLUDED) {
            throw new InvalidValueException(
                    "exclude", "has " + exclude.size() + " items; give at most " + MAX_EXCLUDED);
        }
        if (boosts.size() > MAX_BOOSTS) {
            throw new InvalidValueException("boost", "has " + boosts.size() + " entries; give at most " + MAX_BOOSTS);
        }
        requireAffordable("filter", filter.comparisons());
        requireAffordable(
                "boost",
                boosts.stream().mapToLong(boost -> boost.filter().comparisons()).sum());
    }

    private static void requireAffordable(String field, long comparisons) {
        if (comparisons > Filter.MAX_COMPARISONS) {
            throw new InvalidValueException(
                    field,
                    "takes " + comparisons + " comparisons for each item; give at most " + Filter.MAX_COMPARISONS);
        }
    }

    /** A factor on the value of the items that match a filter. */
    public record Boost(Filter filter, double factor) {
        public Boost {
            if (!(factor > 0 && factor <= 1000)) {
                throw new InvalidValueException(
                        "boost.factor", "is " + factor + "; give a number above 0, at most 1000");
            }
        }
    }
}
