package dev.millrace.training.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.kernels.VectorMath;
import dev.millrace.model.ActionType;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.models.delta.ItemChange;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.delta.ModelDelta.Cause;
import dev.millrace.training.online.RankerCalibration.Outcome;
import dev.millrace.training.online.belief.Belief;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

class OnlineModelTest {
    private static final int DIMENSION = 6;
    private static final int PLACES = 5;
    private static final String PARENT = "0123456789abcdef0123";
    private static final long SEED = 11;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private long millis = 1_000_000;

    private static OnlineModel newModel() {
        return newModel(100);
    }

    private static OnlineModel newModel(int mostItems) {
        return new OnlineModel(DIMENSION, mostItems, new RankerCalibration(Duration.ofMinutes(5)));
    }

    private float[] vector(double scale) {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) (scale * (random.nextDouble() * 2 - 1));
        }
        return vector;
    }

    /** A slate of items 0 to 4, all shown, of which those are clicked that the probabilities draw. */
    private PreparedSlate slate(float @Nullable [] user, double... clickRates) {
        List<ItemId> items = new ArrayList<>();
        float[] @Nullable [] vectors = new float[PLACES][];
        List<List<String>> topics = new ArrayList<>();
        SplittableRandom fixed = new SplittableRandom(5);
        for (int i = 0; i < PLACES; i++) {
            items.add(new ItemId("i" + i));
            vectors[i] = new float[DIMENSION];
            for (int d = 0; d < DIMENSION; d++) {
                vectors[i][d] = (float) (fixed.nextDouble() * 2 - 1);
            }
            topics.add(List.of("t" + i % 2));
        }
        millis += 100;
        ServedSlate served =
                new ServedSlate(new UserId("u"), millis, PARENT + "+1", items, new float[PLACES], List.of());
        for (int i = 0; i < PLACES; i++) {
            served.act(ActionType.IMPRESSION, items.get(i));
            if (random.nextDouble() < clickRates[i]) {
                served.act(ActionType.CLICK, items.get(i));
            }
        }
        return new PreparedSlate(served, user, vectors, topics, new double[PLACES], 0, 0.3f);
    }

    private void warmUp(OnlineModel model, double rate) {
        while (!model.isWarm()) {
            model.learn(slate(vector(1), rate, rate, rate, rate, rate));
        }
    }

    private ModelDelta delta(OnlineModel model) {
        return model.delta(PARENT, 1, Cause.LEARNED, "", 0, millis);
    }

    @Test
    void gradient_ofEveryKindOfParameter_agreesWithFiniteDifferences() {
        for (int kind = 0; kind < 4; kind++) {
            OnlineModel model = newModel();
            warmUp(model, 0.2);
            float[] user = vector(1);
            PreparedSlate slate = slate(user, 0.2, 0.9, 0.2, 0.2, 0.2);
            int place = 1;
            double click = slate.slate().isClicked(place) ? 1 : 0;
            double slope = model.delta(PARENT, 1, Cause.LEARNED, "", 0, millis)
                    .heads()
                    .values()
                    .get("within");
            double error = model.probability(slate, model, place) - click;
            double step = 1e-2;
            double numeric =
                    (loss(model, slate, place, kind, step) - loss(model, slate, place, kind, -step)) / (2 * step);
            double analytic = switch (kind) {
                case 0, 1 -> error * slope;
                // d(u·shift) along the first axis of the item's shift, and of the users'
                case 2 -> error * slope * 0.3 * user[0];
                default -> error * slope * 0.3 * vectorOf(slate, place)[0];
            };
            assertEquals(numeric, analytic, 2e-3 * Math.max(1, Math.abs(numeric)), "kind " + kind + ", seed " + SEED);
        }
    }

    private static float[] vectorOf(PreparedSlate slate, int place) {
        float[] vector = slate.vectors()[place];
        if (vector == null) {
            throw new AssertionError("place " + place + " has no vector");
        }
        return vector;
    }

    /** The log loss of one place with one parameter moved: a bias, a topic's bias, an item's shift, the users'. */
    private static double loss(OnlineModel model, PreparedSlate slate, int place, int kind, double by) {
        float[] itemShift = new float[DIMENSION];
        float[] userShift = new float[DIMENSION];
        itemShift[0] = kind == 2 ? (float) by : 0;
        userShift[0] = kind == 3 ? (float) by : 0;
        Corrections moved = new PublishedDelta(new ModelDelta(
                PARENT,
                1,
                Cause.LEARNED,
                0,
                userShift,
                List.of(new ItemChange(new ItemId("i" + place), kind == 0 ? (float) by : 0, itemShift)),
                new TreeMap<>(Map.of("t" + place % 2, kind == 1 ? (float) by : 0f)),
                ModelDelta.Heads.none()));
        double probability = model.probability(slate, moved, place);
        return -Math.log(slate.slate().isClicked(place) ? probability : 1 - probability);
    }

    @Test
    void learning_itemThatIsClickedMoreThanPredicted_raisesItAboveTheOthers() {
        OnlineModel model = newModel();
        warmUp(model, 0.2);
        for (int i = 0; i < 300; i++) {
            model.learn(slate(null, 0.6, 0.2, 0.2, 0.2, 0.2));
        }
        double lifted = model.bias(new ItemId("i0"), List.of());
        for (int i = 1; i < PLACES; i++) {
            assertTrue(lifted > model.bias(new ItemId("i" + i), List.of()) + 0.3, "i" + i + ", seed " + SEED);
        }
    }

    @Test
    void learning_whileTheHeadsAreCold_changesNoItem() {
        OnlineModel model = newModel();
        for (int i = 0; i < 50; i++) {
            model.learn(slate(vector(1), 1, 0, 0, 0, 0));
        }
        assertEquals(0, model.itemCount());
        assertEquals(List.of(), delta(model).items());
    }

    @Test
    void corrections_whateverIsClicked_stayWithinTheirBounds() {
        OnlineModel model = newModel();
        warmUp(model, 0.2);
        float[] user = vector(3);
        for (int i = 0; i < 3_000; i++) {
            model.learn(slate(user, 1, 0, 1, 0, 1));
        }
        ModelDelta learned = delta(model);
        for (ItemChange change : learned.items()) {
            assertTrue(Math.abs(change.bias()) <= 2, change + ", seed " + SEED);
            assertTrue(VectorMath.norm(change.shift(), 0, DIMENSION) <= 0.5 * 3, "seed " + SEED);
        }
        learned.topics().values().forEach(bias -> assertTrue(Math.abs(bias) <= 1, "seed " + SEED));
        assertTrue(VectorMath.norm(learned.userShift(), 0, DIMENSION) <= 0.5 * 3 * Math.sqrt(DIMENSION));
    }

    @Test
    void corrections_whereNothingIsSeen_fadeWithTime() {
        OnlineModel model = newModel();
        warmUp(model, 0.2);
        for (int i = 0; i < 300; i++) {
            model.learn(slate(null, 0.8, 0.1, 0.1, 0.1, 0.1));
        }
        float before = biasOf(delta(model), "i0");
        millis += 10 * 60_000;
        float after = biasOf(delta(model), "i0");
        assertEquals(before * Math.exp(-1), after, 0.02, "seed " + SEED);
    }

    @Test
    void shifts_whereNothingIsSeen_fadeWithTime() {
        OnlineModel model = newModel();
        warmUp(model, 0.2);
        float[] user = vector(1);
        for (int i = 0; i < 300; i++) {
            model.learn(slate(user, 0.8, 0.1, 0.1, 0.1, 0.1));
        }
        ModelDelta before = delta(model);
        millis += 10 * 60_000;
        ModelDelta after = delta(model);
        assertFaded(before.userShift(), after.userShift());
        for (int i = 0; i < PLACES; i++) {
            assertFaded(before.items().get(i).shift(), after.items().get(i).shift());
        }
    }

    private static void assertFaded(float[] before, float[] after) {
        double norm = VectorMath.norm(before, 0, DIMENSION);
        assertTrue(norm > 0, "seed " + SEED);
        assertEquals(norm * Math.exp(-1), VectorMath.norm(after, 0, DIMENSION), 0.01 * norm, "seed " + SEED);
    }

    @Test
    void delta_ofAModelThatIsNotWarm_makesNoOtherWarm() {
        OnlineModel model = newModel();
        model.learn(slate(vector(1), 0.2, 0.2, 0.2, 0.2, 0.2));
        OnlineModel other = newModel();
        other.restore(delta(model), millis);
        assertFalse(other.isWarm());
    }

    @Test
    void trainedModelAlone_afterARestore_isComparedWithOnlyOnceItsOwnHeadsAreWarm() {
        OnlineModel model = newModel();
        warmUp(model, 0.2);
        assertTrue(model.isComparable());
        OnlineModel other = newModel();
        other.restore(delta(model), millis);
        assertTrue(other.isWarm());
        assertFalse(other.isComparable());
        for (int i = 0; i < OnlineModel.WARM_UP_IMPRESSIONS / PLACES; i++) {
            other.learn(slate(vector(1), 0.2, 0.2, 0.2, 0.2, 0.2));
        }
        assertTrue(other.isComparable());
    }

    private static float biasOf(ModelDelta delta, String item) {
        return delta.items().stream()
                .filter(change -> change.item().value().equals(item))
                .findFirst()
                .orElseThrow()
                .bias();
    }

    @Test
    void items_moreThanTheBound_forgetTheOneMetLongestAgo() {
        OnlineModel model = newModel(3);
        warmUp(model, 0.2);
        model.learn(slate(null, 1, 0, 0, 0, 0));
        assertEquals(3, model.itemCount());
        assertEquals(0, model.bias(new ItemId("i0"), List.of()), "of five, the first two are gone");
    }

    @Test
    void restore_ofADelta_predictsAsItDid() {
        OnlineModel model = newModel();
        warmUp(model, 0.2);
        for (int i = 0; i < 200; i++) {
            model.learn(slate(vector(1), 0.6, 0.1, 0.3, 0.2, 0.1));
        }
        ModelDelta kept = delta(model);
        PreparedSlate slate = slate(vector(1), 0, 0, 0, 0, 0);
        OnlineModel other = newModel();
        other.restore(kept, millis);
        for (int place = 0; place < PLACES; place++) {
            assertEquals(model.probability(slate, model, place), other.probability(slate, other, place), 1e-5);
        }
    }

    /** It has a guard of its own, and what it learnt is no part of what went wrong. */
    @Test
    void restore_ofADelta_leavesTheCalibrationAndItsFreeze() {
        OnlineModel model = newModel();
        ModelDelta before = delta(model);
        for (int i = 0; i < 1_000; i++) {
            model.calibration().observe(new Outcome("click", 0.2, 0, i % 2 == 0, millis), false, millis);
        }
        double learned = model.calibration().offset("click");
        assertTrue(learned > 0.5, "it is " + learned);
        for (int i = 0; model.calibration().wrong(millis) == null; i++) {
            assertTrue(i < 10_000);
            model.calibration().observe(new Outcome("like", 0.5, 1, i % 5 == 0, millis), true, millis);
        }
        model.restore(before, millis);
        model.forgetHeads();
        assertEquals(learned, model.calibration().offset("click"));
        assertNotNull(model.calibration().wrong(millis), "it is frozen as before");
    }

    @Test
    void step_ofABelief_fallsWithWhatWasSeenAndNeverBelowTheDrift() {
        Belief belief = new Belief(0, 0.5, 0);
        double first = move(belief, 1);
        for (int i = 0; i < 200; i++) {
            move(belief, 1);
        }
        double late = move(belief, 1);
        assertTrue(late < first / 10, first + " then " + late);
        belief.forget(3_600_000, 0.5, 600_000);
        assertTrue(move(belief, 1) > first / 2, "after an hour it is as uncertain as at first");
    }

    private static double move(Belief belief, double gradient) {
        double before = belief.mean();
        belief.step(gradient, 0.2, 0, new Belief.Bound(10, 1_000));
        return Math.abs(belief.mean() - before);
    }
}
