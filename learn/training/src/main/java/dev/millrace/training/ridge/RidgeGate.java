package dev.millrace.training.ridge;

import dev.millrace.model.ItemId;
import dev.millrace.models.RidgeBundle.Votes;
import dev.millrace.models.Vocabulary;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Whether a ridge may take the live one's place: how many users' next items are among what it proposes, beside the live one and what
 * is popular. Owned by one thread.
 *
 * <p>Measured is what is published, on each user's last action, from which it has not learnt. Neither has the live one where it went
 * through this gate: where a user has acted since, the last action is new to it, and else it was kept back from it as well. As in an
 * answer, what the user has had is not proposed again. Proposed are 50 items, of small catalogues a tenth: else chance finds all.
 */
public final class RidgeGate {
    private static final int MOST_PROPOSED = 50;
    private static final int SHARE_PROPOSED = 10;
    private static final int MOST_USERS = 10_000;
    private static final int NONE = -1;

    private final List<ItemId> vocabulary;
    private final int[][] heldOut;
    private final int proposed;
    private final int[] popular;
    private final float[] scores;
    /** Whose score is not 0. */
    private final int[] touched;

    private int touchedCount;
    /** Of each item, the last of those asked for who has had it. */
    private final int[] hadBy;

    private int asked;

    /**
     * What a ridge finds of the next items, as shares of the users.
     *
     * @param popular what the most popular items find
     * @param live what the live ridge finds; nothing where there is none
     * @param proposed how many items are proposed to each user
     */
    public record Figures(
            double recall, double popular, @Nullable Double live, int proposed, int users) {
        /** For the bundle's manifest. */
        public Map<String, Double> metrics() {
            Map<String, Double> metrics = new TreeMap<>();
            metrics.put("recall", recall);
            metrics.put("recallOfPopular", popular);
            if (live != null) {
                metrics.put("recallOfLive", live);
            }
            metrics.put("proposed", (double) proposed);
            return metrics;
        }

        /** Why it must not go live, with figures; nothing where it may. */
        public @Nullable String objection(double mostLoss) {
            if (recall < popular) {
                return String.format(
                        Locale.ROOT,
                        "of %,d users' next items it proposes %.4f, and the %d most popular items are %.4f of them",
                        users,
                        recall,
                        proposed,
                        popular);
            }
            return live == null || recall >= live - mostLoss
                    ? null
                    : String.format(
                            Locale.ROOT,
                            "of %,d users' next items it proposes %.4f, the live one %.4f; at most %.4f less is taken",
                            users,
                            recall,
                            live,
                            mostLoss);
        }
    }

    /**
     * @param learnt what the ridge was fitted to, by places in the vocabulary
     * @param heldOut sequences whose last item is to be proposed from those before it; in random order
     */
    public RidgeGate(List<ItemId> vocabulary, int[][] learnt, int[][] heldOut) {
        this.vocabulary = vocabulary;
        this.heldOut = Arrays.copyOf(heldOut, Math.min(heldOut.length, MOST_USERS));
        this.proposed = Math.clamp(vocabulary.size() / SHARE_PROPOSED, 1, MOST_PROPOSED);
        this.popular = byPopularity(learnt, vocabulary.size());
        this.scores = new float[vocabulary.size()];
        this.touched = new int[vocabulary.size()];
        this.hadBy = new int[vocabulary.size()];
    }

    /** @param live nothing where none is live, or it cannot be read */
    public Figures measure(Votes candidate, @Nullable Votes live) {
        return new Figures(
                recall(candidate),
                (double) found(this::isPopular) / heldOut.length,
                live == null ? null : recall(live),
                proposed,
                heldOut.length);
    }

    private interface Proposal {
        boolean holds(int[] history, int target);
    }

    private int found(Proposal proposal) {
        int found = 0;
        for (int[] sequence : heldOut) {
            int[] history = Arrays.copyOf(sequence, sequence.length - 1);
            found += proposal.holds(history, sequence[sequence.length - 1]) ? 1 : 0;
        }
        return found;
    }

    private double recall(Votes votes) {
        int[] ours = new int[votes.vocabulary().size()];
        Arrays.fill(ours, NONE);
        int[] rows = new int[vocabulary.size()];
        Vocabulary theirs = votes.vocabulary();
        for (int item = 0; item < rows.length; item++) {
            rows[item] = theirs.index(vocabulary.get(item));
            if (rows[item] != NONE) {
                ours[rows[item]] = item;
            }
        }
        return (double) found((history, target) -> isProposed(votes, rows, ours, history, target)) / heldOut.length;
    }

    private boolean isProposed(Votes votes, int[] rows, int[] ours, int[] history, int target) {
        vote(votes, rows, ours, history);
        float own = scores[target];
        // What has no vote is not proposed.
        int better = own > 0 ? 0 : proposed;
        for (int item : history) {
            // Had already; the next item may be one that comes again.
            scores[item] = item == target ? own : 0;
        }
        for (int i = 0; i < touchedCount; i++) {
            int other = touched[i];
            better += other != target && (scores[other] > own || (scores[other] == own && other < target)) ? 1 : 0;
        }
        for (int i = 0; i < touchedCount; i++) {
            scores[touched[i]] = 0;
        }
        return better < proposed;
    }

    private void vote(Votes votes, int[] rows, int[] ours, int[] history) {
        touchedCount = 0;
        double weight = 1;
        int oldest = Math.max(0, history.length - votes.reach());
        for (int i = history.length - 1; i >= oldest; i--, weight *= votes.decay()) {
            int row = rows[history[i]];
            if (row == NONE) {
                continue;
            }
            for (int at = row * votes.perItem();
                    at < (row + 1) * votes.perItem() && votes.targets()[at] != NONE;
                    at++) {
                int item = ours[votes.targets()[at]];
                // Votes are positive: a score that is 0 has none yet.
                if (item != NONE && votes.strengths()[at] > 0) {
                    if (scores[item] == 0) {
                        touched[touchedCount++] = item;
                    }
                    scores[item] += (float) (weight * votes.strengths()[at]);
                }
            }
        }
    }

    private boolean isPopular(int[] history, int target) {
        asked++;
        for (int item : history) {
            hadBy[item] = asked;
        }
        int place = 0;
        for (int i = 0; i < popular.length && place < proposed; i++) {
            if (popular[i] == target) {
                return true;
            }
            place += hadBy[popular[i]] == asked ? 0 : 1;
        }
        return false;
    }

    /** The items, the most frequent first. */
    private static int[] byPopularity(int[][] sequences, int itemCount) {
        int[] counts = new int[itemCount];
        for (int[] sequence : sequences) {
            for (int item : sequence) {
                counts[item]++;
            }
        }
        return IntStream.range(0, itemCount)
                .boxed()
                .sorted((a, b) ->
                        counts[a] != counts[b] ? Integer.compare(counts[b], counts[a]) : Integer.compare(a, b))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
