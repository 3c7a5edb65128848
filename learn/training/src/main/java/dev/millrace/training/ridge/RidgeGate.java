package dev.millrace.training.ridge;

import dev.millrace.model.ItemId;
import dev.millrace.models.RidgeBundle.Votes;
import dev.millrace.models.Vocabulary;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.BitSet;
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
 *
 * <p>Of few users chance decides much: a loss counts where it is beyond two standard errors of the difference, which lies with the
 * users whom only one of the two serves (McNemar).
 */
public final class RidgeGate {
    /** The metric that a ridge has which went through this gate, and so has not learnt from what it is measured by. */
    public static final String RECALL = "recall";

    private static final double STANDARD_ERRORS = 2;
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
     * What another way of proposing finds of the next items.
     *
     * @param recall as a share of the users
     * @param chance two standard errors of its difference from the ridge's
     */
    public record Rival(double recall, double chance) {}

    /**
     * What a ridge finds of the next items.
     *
     * @param recall as a share of the users
     * @param popular what the most popular items find
     * @param live what the live ridge finds; nothing where there is none to compare with
     * @param proposed how many items are proposed to each user
     */
    public record Figures(
            double recall, Rival popular, @Nullable Rival live, int proposed, int users) {
        /** For the bundle's manifest. */
        public Map<String, Double> metrics() {
            Map<String, Double> metrics = new TreeMap<>();
            metrics.put(RECALL, recall);
            metrics.put("recallOfPopular", popular.recall);
            if (live != null) {
                metrics.put("recallOfLive", live.recall);
            }
            metrics.put("proposed", (double) proposed);
            return metrics;
        }

        /** Why it must not go live, with figures; nothing where it may. */
        public @Nullable String objection(double mostLoss) {
            if (recall < popular.recall - popular.chance) {
                return String.format(
                        Locale.ROOT,
                        "of %,d users' next items it proposes %.4f, and the %d most popular items are %.4f of them;"
                                + " chance explains %.4f",
                        users,
                        recall,
                        proposed,
                        popular.recall,
                        popular.chance);
            }
            return live == null || recall >= live.recall - mostLoss - live.chance
                    ? null
                    : String.format(
                            Locale.ROOT,
                            "of %,d users' next items it proposes %.4f, the live one %.4f; at most %.4f less is taken,"
                                    + " and %.4f that chance explains",
                            users,
                            recall,
                            live.recall,
                            mostLoss,
                            live.chance);
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

    /** @param live nothing where none is live, or it cannot be read or compared with */
    public Figures measure(Votes candidate, @Nullable Votes live) {
        BitSet served = served(candidate);
        return new Figures(
                (double) served.cardinality() / heldOut.length,
                rival(served, served(this::isPopular)),
                live == null ? null : rival(served, served(live)),
                proposed,
                heldOut.length);
    }

    private Rival rival(BitSet ours, BitSet theirs) {
        BitSet onlyOne = (BitSet) ours.clone();
        onlyOne.xor(theirs);
        return new Rival(
                (double) theirs.cardinality() / heldOut.length,
                STANDARD_ERRORS * Math.sqrt(onlyOne.cardinality()) / heldOut.length);
    }

    private interface Proposal {
        boolean holds(int[] history, int target);
    }

    /** The users whose next item is among what is proposed to them. */
    private BitSet served(Proposal proposal) {
        BitSet served = new BitSet(heldOut.length);
        for (int user = 0; user < heldOut.length; user++) {
            int[] sequence = heldOut[user];
            int[] history = Arrays.copyOf(sequence, sequence.length - 1);
            served.set(user, proposal.holds(history, sequence[sequence.length - 1]));
        }
        return served;
    }

    private BitSet served(Votes votes) {
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
        return served((history, target) -> isProposed(votes, rows, ours, history, target));
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
