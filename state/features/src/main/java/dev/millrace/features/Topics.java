package dev.millrace.features;

import dev.millrace.features.columns.IdIndex;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The topics of all items, numbered. One writer (the ingest agent); any thread reads. */
final class Topics {
    /** A catalogue with more topics has free text in them: the rest takes part in no topic feature. */
    static final int MAX_TOPICS = 65_536;

    private static final int MAX_SHARED_SETS = 65_536;
    private static final int[] NONE = {};

    private final IdIndex<String> index = new IdIndex<>();
    /** Equal lists of topics share one array; owned by the writer. */
    private final Map<List<String>, TopicSet> shared = new HashMap<>();

    /** Canonical names and ordinals of one list of topics. */
    record TopicSet(List<String> names, int[] ordinals) {}

    int ordinal(String topic) {
        return index.find(topic);
    }

    String name(int ordinal) {
        String name = index.key(ordinal);
        if (name == null) {
            throw new IndexOutOfBoundsException("topic " + ordinal + " of " + index.size());
        }
        return name;
    }

    int size() {
        return index.size();
    }

    /** Writer only. */
    TopicSet intern(List<String> names) {
        TopicSet known = shared.get(names);
        if (known != null) {
            return known;
        }
        TopicSet made = make(names);
        if (shared.size() < MAX_SHARED_SETS) {
            shared.put(made.names(), made);
        }
        return made;
    }

    private TopicSet make(List<String> names) {
        int[] ordinals = new int[names.size()];
        String[] canonical = new String[ordinals.length];
        int count = 0;
        for (int i = 0; i < canonical.length; i++) {
            String name = names.get(i);
            int ordinal = index.find(name);
            if (ordinal < 0 && index.size() < MAX_TOPICS) {
                ordinal = index.add(name);
            }
            canonical[i] = ordinal < 0 ? name : name(ordinal);
            if (ordinal >= 0 && !contains(ordinals, count, ordinal)) {
                ordinals[count++] = ordinal;
            }
        }
        return new TopicSet(List.of(canonical), count == 0 ? NONE : Arrays.copyOf(ordinals, count));
    }

    private static boolean contains(int[] values, int count, int value) {
        for (int i = 0; i < count; i++) {
            if (values[i] == value) {
                return true;
            }
        }
        return false;
    }
}
