package dev.millrace.training.ranking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.models.MultiTaskBundle;
import dev.millrace.training.bundle.ParityCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class RankerExportTest {
    private static final int LEARNT = 2_000;
    private static final int ALL = 3_000;

    @TempDir
    private Path folder;

    private final RankingExamples examples = RankingWorld.examples(11, ALL);

    /** Users and items that are not known and empty histories are among the examples. */
    @Test
    void exportedRanker_onRealImpressions_answersAsTheTrainedOne() throws Exception {
        TrainedRanker ranker = RankerTraining.run(examples, LEARNT, RankingWorld.CONFIG, 0.2);

        MultiTaskBundle bundle = export(ranker, "a");

        double difference = RankerParity.largestDifference(ranker, bundle, examples, LEARNT);
        assertTrue(difference <= ParityCheck.LIMIT, "differs by " + difference);
        assertEquals(List.of("click", "complaint"), bundle.inputs().heads());
        assertEquals(examples.names(), bundle.inputs().numbers());
    }

    @Test
    void gate_ofAWorseRanker_namesTheHeadThatIsWorse() throws Exception {
        MultiTaskBundle good = export(RankerTraining.run(examples, LEARNT, RankingWorld.CONFIG, 0.2), "good");
        // Of this little it has learnt next to nothing.
        MultiTaskBundle poor = export(RankerTraining.run(examples, 200, RankingWorld.CONFIG, 0.2), "poor");
        RankerGate gate = new RankerGate(examples, RankingWorld.CONFIG, LEARNT, PlaceCurve.none());

        HeadFigures goodFigures = gate.measure(good);
        HeadFigures poorFigures = gate.measure(poor);

        assertNotNull(goodFigures);
        assertNotNull(poorFigures);
        String objection = RankerGate.objection(poorFigures, goodFigures);
        assertTrue(objection != null && objection.contains("click"), objection);
        assertNull(RankerGate.objection(goodFigures, poorFigures));
        assertNull(RankerGate.objection(goodFigures, goodFigures));
    }

    @Test
    void gate_ofARankerThatReadsOtherInputs_doesNotMeasureIt() throws Exception {
        MultiTaskBundle bundle = export(RankerTraining.run(examples, LEARNT, RankingWorld.CONFIG, 0.2), "a");
        RankerConfig longer = new RankerConfig(
                RankingWorld.CONFIG.heads(), 8, List.of(32, 16), 7, 10, RankingWorld.CONFIG.learning());

        assertNull(new RankerGate(examples, longer, LEARNT, PlaceCurve.none()).measure(bundle));
    }

    private MultiTaskBundle export(TrainedRanker ranker, String name) throws Exception {
        return RankerExport.write(ranker, RankingWorld.SCHEMA, Map.of(), Map.of(), folder.resolve(name));
    }
}
