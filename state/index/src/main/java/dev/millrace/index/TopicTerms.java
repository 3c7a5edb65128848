package dev.millrace.index;

import dev.millrace.model.AttributeValue;
import dev.millrace.model.Item;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The numbered terms of all items: which item has which, and which items have one. One writer; any thread may read.
 *
 * <p>A topic is a term, and so is each attribute with a short text, a flag or a whole number as its value. Attributes
 * that differ on every item would fill the memory for nothing: after a million terms, only topics become new ones.
 */
final class TopicTerms {
    private static final int MAX_ATTRIBUTE_TERMS = 1_000_000;
    private static final int MAX_TEXT = 64;
    private static final int[] NONE = {};
    private static final PostingList EMPTY = new PostingList();

    private final Map<String, Integer> numbers = new ConcurrentHashMap<>();
    private final int maxPerItem;
    private volatile PostingList[] lists = new PostingList[1_024];
    private volatile int listCount;
    private volatile int[] @Nullable [] termsOf = new int[1_024][];
    private final PackedTerms packed = new PackedTerms();
    private volatile int items;

    TopicTerms(int maxPerItem) {
        this.maxPerItem = maxPerItem;
    }

    int number(String term) {
        Integer number = numbers.get(term);
        return number == null ? -1 : number;
    }

    /** How many terms there are: their numbers lie below. */
    int count() {
        return listCount;
    }

    int[] of(int item) {
        int[] @Nullable [] seen = termsOf;
        int @Nullable [] terms = item >= 0 && item < seen.length ? seen[item] : null;
        return terms == null ? NONE : terms;
    }

    /** The same terms in eight bytes: see {@link PackedTerms}. */
    long packed(int item) {
        return packed.of(item);
    }

    int itemsWith(int term) {
        return postings(term).count();
    }

    PostingList postings(int term) {
        // The count before the array: what it counts is in the array that is read after it.
        return term >= 0 && term < listCount ? lists[term] : EMPTY;
    }

    float rarity(int term) {
        int all = items;
        double with = itemsWith(term);
        return (float) (Math.log((1.0 + all) / (1.0 + Math.min(with, all))) / Math.log(2.0 + all));
    }

    void put(int ordinal, Item item) {
        replace(ordinal, terms(item));
    }

    void remove(int ordinal) {
        if (ordinal < termsOf.length && termsOf[ordinal] != null) {
            replace(ordinal, null);
        }
    }

    private void replace(int ordinal, int @Nullable [] terms) {
        int[] @Nullable [] all = termsOf;
        if (ordinal >= all.length) {
            all = Arrays.copyOf(all, Math.max(ordinal + 1, all.length + (all.length >> 1)));
        }
        int[] before = of(ordinal);
        int[] after = terms == null ? NONE : terms;
        int known = items;
        items = known + (terms != null ? 1 : 0) - (all[ordinal] != null ? 1 : 0);
        all[ordinal] = terms;
        termsOf = all; // publishes the row
        packed.put(ordinal, after);
        for (int term : after) {
            if (!contains(before, term)) {
                lists[term].add(ordinal);
            }
        }
        for (int term : before) {
            if (!contains(after, term)) {
                lists[term].lose(item -> contains(of(item), term));
            }
        }
    }

    private static boolean contains(int[] terms, int term) {
        for (int each : terms) {
            if (each == term) {
                return true;
            }
        }
        return false;
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
            number = newTerm(term);
        }
        for (int i = 0; i < count; i++) {
            if (found[i] == number) {
                return count;
            }
        }
        found[count] = number;
        return count + 1;
    }

    private int newTerm(String term) {
        int number = listCount;
        if (number + 1 >= lists.length) {
            lists = Arrays.copyOf(lists, lists.length * 2);
        }
        if (number == PackedTerms.NO_TERM) {
            lists[number++] = EMPTY;
        }
        lists[number] = new PostingList();
        listCount = number + 1; // publishes the list
        numbers.put(term, number);
        return number;
    }
}
