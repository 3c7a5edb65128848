package dev.millrace.training.ranking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.samples.FeatureRow;
import dev.millrace.samples.ImpressionSample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * An audience that looks at four places less and less, as is known here: 1, 0.6, 0.4 and 0.3 of the time. Items are clicked when they are
 * looked at, 0.5 of the even ones and 0.4 of the odd ones; but the policy shows odd ones above even ones, so that odd ones are clicked
 * more often when shown. One slate in three is filled by chance.
 */
class PlaceCurveTest {
    private static final double[] LOOKED = {1, 0.6, 0.4, 0.3};
    private static final int ITEMS = 20;
    private static final int SLATES = 6_000;
    private static final double EVEN = 0.5;
    private static final double ODD = 0.4;

    private final long seed = 21;
    private final SplittableRandom random = new SplittableRandom(seed);
    private final RankingExamples examples = new RankingExamples(RankingWorld.CONFIG, RankingWorld.SCHEMA);

    @TempDir
    private Path folder;

    /** 0 for each example of an even item, 1 of an odd one. */
    private final List<Integer> kinds = new ArrayList<>();

    /** @param chanceEvery how many slates there are for each that is filled by chance */
    private void show(int slates, int chanceEvery) {
        for (int slate = 0; slate < slates; slate++) {
            boolean isByChance = slate % chanceEvery == 0;
            for (int place = 0; place < LOOKED.length; place++) {
                int odd = isByChance ? random.nextInt(2) : place < 2 ? 1 : 0;
                int item = 2 * random.nextInt(ITEMS / 2) + odd;
                boolean isClicked = random.nextDouble() < LOOKED[place] * (odd == 1 ? ODD : EVEN);
                kinds.add(odd);
                examples.add(sample(slate, place, item, isByChance, isClicked));
            }
        }
    }

    private static ImpressionSample sample(int slate, int place, int item, boolean isByChance, boolean isClicked) {
        return new ImpressionSample(
                new UserId("u" + slate),
                new ItemId("i" + item),
                Instant.ofEpochSecond(slate),
                (long) slate * LOOKED.length + place,
                new FeatureRow(
                        new float[RankingWorld.SCHEMA.numeric().size()],
                        item << 10,
                        -1,
                        new int[] {(item % 2) << 7},
                        new int[0],
                        new int[0]),
                isClicked ? 1 << ActionType.CLICK.code() : 0,
                new ImpressionSample.Shown(
                        new RecommendationId("r" + slate),
                        isByChance ? "random" : "home",
                        "",
                        place,
                        0,
                        isByChance ? 1f / ITEMS : 1,
                        isByChance ? "random" : "topics"));
    }

    private PlaceCurve estimated() {
        return PlaceCurve.estimate(examples, examples.count(), ActionType.CLICK.code());
    }

    /** The mean over the items of a kind, even (0) or odd (1), as the ranker says it. */
    private double[] saidByKind(boolean weighsPlaces) {
        int count = examples.count();
        RankerConfig config = RankingWorld.CONFIG.withPlaceWeights(weighsPlaces);
        double[] clicks = RankerTraining.run(examples, count, config, 0.2).probabilities(examples, 0, count)[0];
        double[] sums = new double[2];
        int[] counts = new int[2];
        for (int row = 0; row < count; row++) {
            sums[kinds.get(row)] += clicks[row];
            counts[kinds.get(row)]++;
        }
        return new double[] {sums[0] / counts[0], sums[1] / counts[1]};
    }

    @Test
    void estimate_ofSlatesFilledByChance_isWhatTheAudienceDoes() {
        show(SLATES, 3);
        PlaceCurve curve = estimated();
        assertEquals(LOOKED.length, curve.looked().size());
        for (int place = 0; place < LOOKED.length; place++) {
            assertEquals(LOOKED[place], curve.at(place), 0.06, "place " + place + ", seed " + seed);
        }
        assertEquals(curve.at(3), curve.at(9), "behind the last");
        assertEquals(1, curve.at(-1), "of no slate");
    }

    @Test
    void estimate_withHardlyAnyChance_correctsNothing() {
        show(500, 1_000);
        assertEquals(PlaceCurve.none(), estimated());
    }

    @Test
    void ranker_thatWeighsPlaces_knowsWhatIsLiked_andOneThatDoesNot_whatIsShownAbove() {
        show(SLATES, 3);
        double[] without = saidByKind(false);
        assertTrue(without[0] < without[1], without[0] + " and " + without[1] + ", seed " + seed);

        double[] with = saidByKind(true);
        assertEquals(EVEN, with[0], 0.05, "seed " + seed);
        assertEquals(ODD, with[1], 0.05, "seed " + seed);
    }

    /** It knows nothing but places, which the live one was never told of. */
    @Test
    void gate_ofARankerThatSaysTheSameOfAllItems_findsItOfNoUse_andWorseThanOneThatKnowsThem() throws Exception {
        show(SLATES, 1);
        int count = examples.count();
        TrainedRanker knowing = RankerTraining.run(examples, count, RankingWorld.CONFIG, 0.2);
        float[] weights = new float[knowing.weights().length];
        int bias = RankerNetwork.layout(RankingWorld.CONFIG, examples.width())
                .slot(RankerNetwork.HEADS_BIAS)
                .offset();
        weights[bias] = (float) Math.log(0.45 / 0.55);
        TrainedRanker same = new TrainedRanker(RankingWorld.CONFIG, knowing.scale(), weights, estimated());
        MultiTaskBundle live = export(knowing, Map.of());
        MultiTaskBundle next =
                export(same, Map.of(RankerGate.PLACES, same.places().text()));
        RankerGate gate = new RankerGate(examples, RankingWorld.CONFIG, 0, RankerGate.placesOf(same, live));
        HeadFigures figures = Objects.requireNonNull(gate.measure(next));

        assertTrue(figures.heads().getFirst().scoring().auc() > 0.55, "places tell, " + figures + ", seed " + seed);
        assertNotNull(RankerGate.futility(figures, gate.byRate(), ActionType.CLICK), "seed " + seed);
        HeadFigures before = Objects.requireNonNull(gate.measure(live));
        assertNull(RankerGate.futility(before, gate.byRate(), ActionType.CLICK), before + ", seed " + seed);
        assertNotNull(RankerGate.objection(figures, before), figures + " and " + before + ", seed " + seed);
    }

    private MultiTaskBundle export(TrainedRanker ranker, Map<String, String> lineage) throws IOException {
        return RankerExport.write(
                ranker, RankingWorld.SCHEMA, Map.of(), lineage, folder.resolve("bundle" + lineage.size()));
    }

    @Test
    void text_readAgain_givesTheSameCurve() {
        PlaceCurve curve = new PlaceCurve(List.of(1.0, 0.625, 0.25));
        assertEquals(curve, PlaceCurve.parse(curve.text()));
        assertThrows(IllegalArgumentException.class, () -> PlaceCurve.parse("1.0,much"));
        assertThrows(IllegalArgumentException.class, () -> PlaceCurve.parse("1.0,0"));
    }
}
