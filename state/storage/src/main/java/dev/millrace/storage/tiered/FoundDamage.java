package dev.millrace.storage.tiered;

import dev.millrace.storage.segment.DamageException;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** What of a store was found not to be as it was written since it was opened, one sentence for each place. Thread-safe. */
final class FoundDamage {
    /** More places say no more about what is to be done. */
    private static final int MOST_PLACES = 64;

    private final Map<String, String> sentences = new ConcurrentSkipListMap<>();

    void add(DamageException damage) {
        add(damage.file(), String.valueOf(damage.getMessage()));
    }

    /** @param place a file or a table; what is found there later is of the same damage */
    void add(String place, String sentence) {
        if (sentences.size() < MOST_PLACES) {
            sentences.putIfAbsent(place, sentence);
        }
    }

    List<String> sentences() {
        return List.copyOf(sentences.values());
    }
}
