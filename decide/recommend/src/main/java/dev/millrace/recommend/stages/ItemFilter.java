package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Filter;
import dev.millrace.model.Item;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** A request's filter compiled to a test of an item's ordinal: no names are looked up per candidate. Immutable. */
@FunctionalInterface
public interface ItemFilter {
    boolean accepts(int item);

    /** Compiles a filter against a catalogue. A topic that no item has ever had matches nothing. */
    static ItemFilter compile(Filter filter, Catalog catalog) {
        return switch (filter) {
            case Filter.All() -> item -> true;
            case Filter.HasTopic(String topic) -> hasTopic(catalog, catalog.topicOrdinal(topic));
            case Filter.Equal(String attribute, AttributeValue value) ->
                item -> matches(attribute(catalog, item, attribute), value);
            case Filter.In(String attribute, List<AttributeValue> values) ->
                item -> matchesAny(attribute(catalog, item, attribute), values);
            case Filter.Between(String attribute, double min, double max) ->
                item -> attribute(catalog, item, attribute) instanceof AttributeValue.Numeric(double number)
                        && number >= min
                        && number <= max;
            case Filter.And(List<Filter> filters) -> all(compileAll(filters, catalog));
            case Filter.Or(List<Filter> filters) -> any(compileAll(filters, catalog));
            case Filter.Not(Filter inner) -> {
                ItemFilter compiled = compile(inner, catalog);
                yield item -> !compiled.accepts(item);
            }
        };
    }

    private static ItemFilter[] compileAll(List<Filter> filters, Catalog catalog) {
        ItemFilter[] compiled = new ItemFilter[filters.size()];
        for (int i = 0; i < compiled.length; i++) {
            compiled[i] = compile(filters.get(i), catalog);
        }
        return compiled;
    }

    private static ItemFilter all(ItemFilter[] filters) {
        return item -> {
            for (ItemFilter filter : filters) {
                if (!filter.accepts(item)) {
                    return false;
                }
            }
            return true;
        };
    }

    private static ItemFilter any(ItemFilter[] filters) {
        return item -> {
            for (ItemFilter filter : filters) {
                if (filter.accepts(item)) {
                    return true;
                }
            }
            return false;
        };
    }

    private static ItemFilter hasTopic(Catalog catalog, int topic) {
        return item -> {
            for (int candidate : catalog.topics(item)) {
                if (candidate == topic) {
                    return true;
                }
            }
            return false;
        };
    }

    private static @Nullable AttributeValue attribute(Catalog catalog, int item, String name) {
        Item found = catalog.item(item);
        return found == null ? null : found.attributes().get(name);
    }

    private static boolean matchesAny(@Nullable AttributeValue actual, List<AttributeValue> wanted) {
        for (int i = 0; i < wanted.size(); i++) {
            if (matches(actual, wanted.get(i))) {
                return true;
            }
        }
        return false;
    }

    /** Equal, or a list that has the wanted text as an element. */
    private static boolean matches(@Nullable AttributeValue actual, AttributeValue wanted) {
        if (actual instanceof AttributeValue.Texts(List<String> elements)
                && wanted instanceof AttributeValue.Text(String text)) {
            return elements.contains(text);
        }
        return wanted.equals(actual);
    }
}
