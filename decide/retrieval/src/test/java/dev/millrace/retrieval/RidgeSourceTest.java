package dev.millrace.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

final class RidgeSourceTest {
    private static final int ITEMS = 40;
    private static final int PER_ITEM = 6;
    private static final float DECAY = 0.8f;
    private static final int REACH = 5;

    private final CandidateBuffer buffer = new CandidateBuffer(100);

    private static UserContext user(int... history) {
        UserContext context = new UserContext(64);
        context.reset(0, 0, 1);
        System.arraycopy(history, 0, context.historyItems(), 0, history.length);
        context.historyCount(history.length);
        return context;
    }

    private List<Integer> found() {
        List<Integer> items = new ArrayList<>();
        for (int i = 0; i < buffer.size(); i++) {
            items.add(buffer.item(i));
        }
        return items;
    }

    private static RidgeSource of(int[] rows, int[] targets, float[] strengths) {
        RidgeSource source = new RidgeSource(item -> item != 13);
        source.replace(new NextItemVotes("v", PER_ITEM, DECAY, REACH, rows, targets, strengths));
        return source;
    }

    @Test
    void retrieve_beforeThereAreVotes_findsNothing() {
        RidgeSource source = new RidgeSource(item -> true);
        assertEquals(0, source.retrieve(user(1, 2), 10, Deadline.none(), buffer));
        assertEquals("", source.version());
    }

    @Test
    void retrieve_randomVotes_agreesWithThePlainSum() {
        long seed = 7;
        SplittableRandom random = new SplittableRandom(seed);
        int[] rows = new int[ITEMS];
        int[] targets = new int[ITEMS * PER_ITEM];
        float[] strengths = new float[targets.length];
        for (int item = 0; item < ITEMS; item++) {
            rows[item] = item % 9 == 8 ? -1 : item;
            for (int i = 0; i < PER_ITEM; i++) {
                targets[item * PER_ITEM + i] = i > 3 && item % 2 == 0 ? -1 : (item * 7 + i * 5 + 1) % ITEMS;
                strengths[item * PER_ITEM + i] = random.nextFloat();
            }
        }
        RidgeSource source = of(rows, targets, strengths);
        for (int round = 0; round < 50; round++) {
            int[] history = random.ints(random.nextInt(1, 12), 0, ITEMS).toArray();
            double[] sums = new double[ITEMS];
            double weight = 1;
            for (int i = history.length - 1; i >= Math.max(0, history.length - REACH); i--) {
                for (int k = 0; k < PER_ITEM && rows[history[i]] >= 0; k++) {
                    int place = rows[history[i]] * PER_ITEM + k;
                    if (targets[place] >= 0) {
                        sums[targets[place]] += weight * strengths[place];
                    }
                }
                weight *= DECAY;
            }
            buffer.clear();
            source.retrieve(user(history), 8, Deadline.none(), buffer);
            double last = Double.POSITIVE_INFINITY;
            for (int i = 0; i < buffer.size(); i++) {
                assertEquals(sums[buffer.item(i)], buffer.score(i), 1e-5, "seed " + seed + " round " + round);
                assertTrue(buffer.score(i) <= last);
                last = buffer.score(i);
            }
            sums[13] = 0;
            for (int item : found()) {
                sums[item] = 0;
            }
            for (double left : sums) {
                assertTrue(left <= last + 1e-6 || buffer.size() < 8, "seed " + seed + " round " + round);
            }
        }
    }

    @Test
    void retrieve_itemsWithoutARow_areUnavailableOrExcluded_areLeftOut() {
        RidgeSource source = of(new int[] {0}, new int[] {13, 5, 6, 7, -1, -1}, new float[] {4, 3, 2, 1, 0, 0});
        UserContext context = user(39, 0); // 39 is newer than the table
        context.eligible(item -> item != 6);
        assertEquals(2, source.retrieve(context, 10, Deadline.none(), buffer));
        assertEquals(List.of(5, 7), found());
    }

    @Test
    void retrieve_afterItsDeadline_saysThatItIsPartial() {
        RidgeSource source = of(new int[] {0}, new int[] {1, -1, -1, -1, -1, -1}, new float[PER_ITEM]);
        source.retrieve(user(0), 10, Deadline.after(Duration.ofNanos(-1)), buffer);
        assertTrue(buffer.isPartial());
    }

    @Test
    void replace_otherVotes_answersByThem() {
        RidgeSource source = of(new int[] {0}, new int[] {1, -1, -1, -1, -1, -1}, new float[] {1, 0, 0, 0, 0, 0});
        source.replace(new NextItemVotes("w", 1, 1, 1, new int[] {0}, new int[] {2}, new float[] {1}));
        source.retrieve(user(0), 10, Deadline.none(), buffer);
        assertEquals(List.of(2), found());
        assertEquals("w", source.version());
    }
}
