package dev.millrace.index;

import dev.millrace.model.AttributeValue;
import dev.millrace.model.Item;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The numbered terms of all items, and which item has which. One writer; any thread may read.
 *
 * <p>A topic is a term, and so is each attribute with a short text, a flag or a whole number as its value. Attributes
 * that differ on every item would fill the memory for nothing: after a million terms, only topics become new ones.
 */
final class TopicTerms {
    private static final int MAX_ATTRIBUTE_TERMS = 1_000_000;
    private static final int MAX_TEXT = 64;
    private static final int[] NONE = {};

    private final Map<String, Integer> numbers = new ConcurrentHashMap<>();
    private final int maxPerItem;
    private volatile int[] itemsWith = new int[1_024];
    private volatile int @Nullable [][] termsOf = new int[1_024][];
    private volatile int items;

    TopicTerms(int maxPerItem) {
        this.maxPerItem = maxPerItem;
    }

    int number(String term) {
        Integer number = numbers.get(term);
        return number == null ? -1 : number;
    }

    int[] of(int item) {
        int @Nullable [][] seen = termsOf;
        int @Nullable [] terms = item >= 0 && item < seen.length ? seen[item] : null;
        return terms == null ? NONE : terms;
    }

    boolean isKnown(int item) {
        int @Nullable [][] seen = termsOf;
        return item < seen.length && seen[item] != null;
    }

    int itemsWith(int term) {
        int[] seen = itemsWith;
        return term >= 0 && term < seen.length ? seen[term] : 0;
    }

    float rarity(int term) {
        int all = items;
        double with = itemsWith(term);
        return (float) (Math.log((1.0 + all) / (1.0 + Math.min(with, all))) / Math.log(2.0 + all));
    }

    int[] put(int ordinal, Item item) {
        int[] terms = terms(item);
        replace(ordinal, terms);
        return terms;
    }

    void remove(int ordinal) {
        if (isKnown(ordinal)) {
            replace(ordinal, null);
        }
    }

    private void replace(int ordinal, int @Nullable [] terms) {
        int @Nullable [][] all = termsOf;
        if (ordinal >= all.length) {
            all = Arrays.copyOf(all, Math.max(ordinal + 1, all.length + (all.length >> 1)));
        }
        count(all[ordinal], -1);
        count(terms, 1);
        items += (terms != null ? 1 : 0) - (all[ordinal] != null ? 1 : 0);
        all[ordinal] = terms;
        termsOf = all; // publishes the row
    }

    private void count(int @Nullable [] terms, int change) {
        if (terms == null) {
            return;
        }
        for (int term : terms) {
            if (term >= itemsWith.length) {
                itemsWith = Arrays.copyOf(itemsWith, Math.max(term + 1, itemsWith.length * 2));
            }
            itemsWith[term] += change;
        }
    }

    private int[] terms(Item item) {
        int[] found = new int[maxPerItem];
        int count = 0;
        for (String topic : item.topics()) {
            count = add(found, count, topicTerm(topic), true);
        }
        for (Map.Entry<String, AttributeValue> entry : new TreeMap<>(item.attributes()).entrySet()) {
            count = addAttribute(found, count, entry.getKey(), entry.getValue());
        }
        return Arrays.copyOf(found, count);
    }

    static String topicTerm(String topic) {
        return "topic " + topic;
    }

    private int addAttribute(int[] found, int count, String name, AttributeValue value) {
        return switch (value) {
            case AttributeValue.Text text -> addText(found, count, name, text.value());
            case AttributeValue.Flag flag -> addText(found, count, name, Boolean.toString(flag.value()));
            case AttributeValue.Numeric number -> addNumber(found, count, name, number.value());
            case AttributeValue.Texts texts -> {
                int after = count;
                for (String text : texts.values()) {
                    after = addText(found, after, name, text);
                }
                yield after;
            }
        };
    }

    private int addNumber(int[] found, int count, String name, double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e6
                ? addText(found, count, name, Integer.toString((int) value))
                : count;
    }

    private int addText(int[] found, int count, String name, String text) {
        return text.isEmpty() || text.length() > MAX_TEXT ? count : add(found, count, name + "=" + text, false);
    }

    private int add(int[] found, int count, String term, boolean always) {
        if (count == found.length) {
            return count;
        }
        int number = number(term);
        if (number < 0) {
            if (!always && numbers.size() >= MAX_ATTRIBUTE_TERMS) {
                return count;
            }
            number = numbers.size();
            numbers.put(term, number);
        }
        for (int i = 0; i < count; i++) {
            if (found[i] == number) {
                return count;
            }
        }
        found[count] = number;
        return count + 1;
    }
}
