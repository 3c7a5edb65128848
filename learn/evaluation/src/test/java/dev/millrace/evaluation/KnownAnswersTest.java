package dev.millrace.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.evaluation.dataset.KuaiRandClicks;
import dev.millrace.evaluation.dataset.MovieLensSequences;
import dev.millrace.evaluation.rankers.CoVisitationRanker;
import dev.millrace.evaluation.rankers.PopularityRanker;
import dev.millrace.evaluation.rankers.RidgeRanker;
import dev.millrace.model.ItemId;
import dev.millrace.samples.SequenceDataset;
import org.junit.jupiter.api.Test;

import java.io.IOException;

/** Figures that others have measured on the same data under the same protocol. */
class KnownAnswersTest {
    @Test
    void movieLens_baselines_reachTheirKnownFigures() throws IOException {
        SequenceDataset dataset = MovieLensSequences.read(RealData.folder("ml-1m"));
        assertEquals(6040, dataset.userCount());
        assertEquals(3416, dataset.itemCount());
        LeaveOneOut protocol = new LeaveOneOut(dataset);
        int[][] training = protocol.forTraining().sequences();
        RankingMetrics popularity = protocol.measure(new PopularityRanker(training, 3416));
        assertEquals(0.0363, popularity.hr10(), 0.0001);
        assertEquals(0.0178, popularity.ndcg10(), 0.0001);
        assertEquals(0.1396, popularity.hr50(), 0.0001);
        RankingMetrics ridge = protocol.measure(new RidgeRanker(protocol.forFitting(), 3416));
        assertEquals(0.2745, ridge.hr10(), 0.0005);
        assertEquals(0.1627, ridge.ndcg10(), 0.0005);
        RankingMetrics items = protocol.measure(new CoVisitationRanker(training, 3416));
        assertTrue(items.ndcg10() > 0.14, "item-to-item NDCG@10 " + items.ndcg10());
    }

    @Test
    void kuaiRand_split_hasTheKnownNumberOfImpressions() throws IOException {
        KuaiRandClicks clicks = KuaiRandClicks.read(RealData.folder("kuairand-pure"), KuaiRandClicks.SPLIT);
        assertEquals(133_353, clicks.after().size());
        assertTrue(clicks.before().vocabulary().contains(new ItemId("7136")));
    }
}
