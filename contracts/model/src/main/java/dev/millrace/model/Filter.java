package dev.millrace.model;

import java.util.List;

/** A condition on an item's attributes that a request may give. */
public sealed interface Filter {
    /** Filters are evaluated per candidate: so much is enough for people and little enough for the time there is. */
    int MAX_COMPARISONS = 1_024;

    /** How many comparisons one item may take, each value of an {@link In} counting as one. */
    default int comparisons() {
        return switch (this) {
            case In(String _, List<AttributeValue> values) -> Math.max(1, values.size());
            case And(List<Filter> filters) -> comparisons(filters);
            case Or(List<Filter> filters) -> comparisons(filters);
            case Not(Filter filter) -> filter.comparisons();
            case All _, HasTopic _, Equal _, Between _ -> 1;
        };
    }

    private static int comparisons(List<Filter> filters) {
        long sum = 1;
        for (Filter filter : filters) {
            sum += filter.comparisons();
        }
        return (int) Math.min(Integer.MAX_VALUE, sum);
    }

    /** Holds for every item. */
    record All() implements Filter {}

    /** The item has this topic. */
    record HasTopic(String topic) implements Filter {}

    /** The attribute equals the value; of a list attribute, one element does. */
    record Equal(String attribute, AttributeValue value) implements Filter {}

    /** The attribute equals one of the values. */
    record In(String attribute, List<AttributeValue> values) implements Filter {
        public In {
            values = List.copyOf(values);
        }
    }

    /** The numeric attribute lies between the bounds, both included. */
    record Between(String attribute, double min, double max) implements Filter {}

    record And(List<Filter> filters) implements Filter {
        public And {
            filters = List.copyOf(filters);
        }
    }

    record Or(List<Filter> filters) implements Filter {
        public Or {
            filters = List.copyOf(filters);
        }
    }

    record Not(Filter filter) implements Filter {}
}
