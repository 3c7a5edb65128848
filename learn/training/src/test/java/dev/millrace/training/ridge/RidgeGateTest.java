package dev.millrace.training.ridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ItemId;
import dev.millrace.models.RidgeBundle.Votes;
import dev.millrace.models.Vocabulary;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** What a ridge finds, counted by hand: of 40 items, 4 are proposed. */
class RidgeGateTest {
    private static final int ITEMS = 40;
    /** Of the users' last items, what follows by one is always right, what is popular in a quarter of the cases. */
    private static final int[][] HELD_OUT = repeated(10, new int[][] {{10, 11}, {20, 21}, {30, 31}, {7, 0}});
    /** 0 to 3 are popular. */
    private static final int[][] LEARNT = {{0, 1, 2, 3}, {0, 1, 2, 3}, {10, 11, 20, 21}};

    @Test
    void ridge_thatIsRight_findsAll() {
        RidgeGate.Figures figures = gate().measure(next(1), null);
        assertEquals(0.75, figures.recall(), 1e-9);
        assertEquals(0.25, figures.popular().recall(), 1e-9);
        assertEquals(4, figures.proposed());
        assertNull(figures.objection(0));
        assertNull(figures.metrics().get("recallOfLive"));
    }

    @Test
    void ridge_thatFindsLessThanWhatIsPopular_isRefusedWithFigures() {
        RidgeGate.Figures figures = gate().measure(next(5), null);
        assertEquals(0, figures.recall(), 1e-9);
        String objection = figures.objection(1);
        assertNotNull(objection);
        assertTrue(objection.contains("0.0000") && objection.contains("0.2500"), objection);
    }

    @Test
    void ridge_thatFindsLessThanTheLiveOne_isRefusedBeyondTheLoss() {
        // It has forgotten what follows 30.
        Votes candidate = next(1);
        candidate.targets()[30] = -1;
        RidgeGate.Figures figures = gate().measure(candidate, next(1));
        assertEquals(0.5, figures.recall(), 1e-9);
        assertEquals(0.75, live(figures), 1e-9);
        // Ten of forty users: two standard errors are 2 * sqrt(10) / 40 = 0.158.
        assertNotNull(figures.objection(0.09));
        assertNull(figures.objection(0.1));
    }

    /** Four users that only the other serves are no more than chance; five are. */
    @Test
    void loss_ofFewUsers_isChance() {
        for (int lost = 1; lost <= 10; lost++) {
            int[][] heldOut = IntStream.range(0, 10)
                    .mapToObj(user -> new int[] {10 + user, 11 + user})
                    .toArray(int[][]::new);
            Votes candidate = next(1);
            Arrays.fill(candidate.targets(), 10, 10 + lost, -1);
            RidgeGate.Figures figures = new RidgeGate(vocabulary(), LEARNT, heldOut).measure(candidate, next(1));
            assertEquals(lost >= 5, figures.objection(0) != null, lost + " of 10 users lost");
        }
    }

    /** The live one numbers items by itself, and knows some that are gone. */
    @Test
    void liveRidge_ofAnotherVocabulary_isMeasuredByIds() {
        List<ItemId> reversed = new java.util.ArrayList<>(vocabulary());
        Collections.reverse(reversed);
        reversed.addFirst(new ItemId("gone"));
        int[] targets = new int[ITEMS + 1];
        float[] strengths = new float[ITEMS + 1];
        Arrays.fill(targets, -1);
        for (int row = 2; row <= ITEMS; row++) {
            targets[row] = row - 1;
            strengths[row] = 1;
        }
        Votes live = new Votes(new Vocabulary(reversed), 1, 0.8, 20, targets, strengths);
        assertEquals(0.75, live(gate().measure(next(1), live)), 1e-9);
    }

    @Test
    void itemThatTheUserHasHad_takesNoPlaceAmongTheProposed() {
        // 1 to 4 are had; 5 follows, behind them.
        int[][] heldOut = {{1, 2, 3, 4, 6, 5}};
        int[] targets = new int[ITEMS * 5];
        float[] strengths = new float[targets.length];
        Arrays.fill(targets, -1);
        for (int i = 0; i < 5; i++) {
            targets[6 * 5 + i] = i + 1;
            strengths[6 * 5 + i] = 5 - i;
        }
        Votes votes = new Votes(new Vocabulary(vocabulary()), 5, 0.8, 20, targets, strengths);
        assertEquals(
                1,
                new RidgeGate(vocabulary(), LEARNT, heldOut)
                        .measure(votes, null)
                        .recall(),
                1e-9);
    }

    private static int[][] repeated(int times, int[][] sequences) {
        return IntStream.range(0, times)
                .boxed()
                .flatMap(_ -> Arrays.stream(sequences))
                .toArray(int[][]::new);
    }

    private static double live(RidgeGate.Figures figures) {
        return Objects.requireNonNull(figures.live()).recall();
    }

    private static RidgeGate gate() {
        return new RidgeGate(vocabulary(), LEARNT, HELD_OUT);
    }

    /** Each item votes for the one so much behind it. */
    private static Votes next(int step) {
        int[] targets = IntStream.range(0, ITEMS)
                .map(item -> item + step < ITEMS ? item + step : -1)
                .toArray();
        float[] strengths = new float[ITEMS];
        Arrays.fill(strengths, 1);
        return new Votes(new Vocabulary(vocabulary()), 1, 0.8, 20, targets, strengths);
    }

    private static List<ItemId> vocabulary() {
        return IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList();
    }
}
