package dev.millrace.samples;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.features.SequenceRule;
import dev.millrace.model.Event;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Replays events into sequences: per user, the positive actions in the order of the log, by the rule that serving follows
 * too ({@link SequenceRule}).
 *
 * <p>Items are numbered in the order of their first action, users in the order of theirs. A deleted user has no
 * sequence; a deleted item is in none. Owned by one thread.
 */
public final class SequenceSampler implements EventConsumer {
    private static final int POLL_EVENTS = 4096;

    private final SequenceOptions options;
    private final Map<ItemId, Integer> items = new HashMap<>();
    private final List<ItemId> itemIds = new ArrayList<>();
    private final BitSet deletedItems = new BitSet();
    private final Map<UserId, Integer> users = new HashMap<>();
    private final List<@Nullable UserId> userIds = new ArrayList<>();
    private final List<IntSequence> sequences = new ArrayList<>();

    public SequenceSampler(SequenceOptions options) {
        this.options = options;
    }

    /** The sequences of everything that the log holds now. */
    public static UserSequences sample(ReadableEventLog log, SequenceOptions options) {
        SequenceSampler sampler = new SequenceSampler(options);
        long end = log.end();
        try (LogReader reader = log.read(log.begin())) {
            while (reader.offset() < end
                    && reader.poll(sampler, (int) Math.min(POLL_EVENTS, end - reader.offset())) > 0) {
                // Each poll moves the reader on.
            }
        }
        return sampler.sequences();
    }

    @Override
    public void accept(long offset, Event event) {
        if (options.before() != null && !event.timestamp().isBefore(options.before())) {
            return;
        }
        switch (event) {
            case Event.Action action -> accept(action);
            case Event.ItemUpserted upserted -> setDeleted(upserted.item().id(), false);
            case Event.ItemDeleted deleted -> setDeleted(deleted.item(), true);
            case Event.UserDeleted deleted -> delete(deleted.user());
            case Event.UserUpserted upserted -> {
                // Attributes are no part of a sequence.
            }
            case Event.SlateServed served -> {
                // What was shown is no part of a sequence.
            }
        }
    }

    /** The sequences so far. */
    public UserSequences sequences() {
        int[] vocabularyIndex = new int[itemIds.size()];
        List<ItemId> vocabulary = vocabulary(vocabularyIndex);
        List<UserId> kept = new ArrayList<>();
        List<int[]> rows = new ArrayList<>();
        for (int user = 0; user < sequences.size(); user++) {
            UserId id = userIds.get(user);
            int[] row = row(sequences.get(user), vocabularyIndex);
            if (id != null && row.length >= options.minSequenceLength()) {
                kept.add(id);
                rows.add(row);
            }
        }
        return new UserSequences(new SequenceDataset(vocabulary, rows.toArray(int[][]::new)), kept);
    }

    /** The data set alone, for who does not ask whose the sequences are. */
    public SequenceDataset dataset() {
        return sequences().dataset();
    }

    private void accept(Event.Action action) {
        if (!options.actions().contains(action.type())) {
            return;
        }
        int item = number(action.item());
        IntSequence sequence = sequenceOf(action.user());
        if (sequence.isEmpty() || !SequenceRule.replacesNewest(sequence.last(), item)) {
            sequence.add(item);
        }
    }

    private int number(ItemId id) {
        Integer item = items.get(id);
        if (item == null) {
            item = itemIds.size();
            items.put(id, item);
            itemIds.add(id);
        }
        return item;
    }

    private IntSequence sequenceOf(UserId id) {
        Integer user = users.get(id);
        if (user == null) {
            user = sequences.size();
            users.put(id, user);
            userIds.add(id);
            sequences.add(new IntSequence());
        }
        return sequences.get(user);
    }

    private void setDeleted(ItemId id, boolean deleted) {
        if (deleted || items.containsKey(id)) {
            deletedItems.set(number(id), deleted);
        }
    }

    private void delete(UserId id) {
        Integer user = users.remove(id);
        if (user != null) {
            userIds.set(user, null);
            sequences.set(user, new IntSequence());
        }
    }

    /** The items that stay; fills the index of each in the vocabulary, −1 for the others. */
    private List<ItemId> vocabulary(int[] vocabularyIndex) {
        int[] counts = new int[itemIds.size()];
        for (IntSequence sequence : sequences) {
            for (int i = 0; i < sequence.size(); i++) {
                counts[sequence.get(i)]++;
            }
        }
        List<ItemId> vocabulary = new ArrayList<>();
        for (int item = 0; item < counts.length; item++) {
            boolean stays = counts[item] >= options.minItemCount() && !deletedItems.get(item);
            vocabularyIndex[item] = stays ? vocabulary.size() : -1;
            if (stays) {
                vocabulary.add(itemIds.get(item));
            }
        }
        return vocabulary;
    }

    private int[] row(IntSequence sequence, int[] vocabularyIndex) {
        IntSequence row = new IntSequence();
        for (int i = 0; i < sequence.size(); i++) {
            int item = vocabularyIndex[sequence.get(i)];
            if (item >= 0 && (row.isEmpty() || !SequenceRule.replacesNewest(row.last(), item))) {
                row.add(item);
            }
        }
        return row.newest(options.maxSequenceLength());
    }
}
