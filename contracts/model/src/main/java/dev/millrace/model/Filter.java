package dev.millrace.model;

import java.util.List;

/** A condition on an item's attributes that a request may give. */
public sealed interface Filter {
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
