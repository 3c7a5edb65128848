package dev.millrace.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.evaluation.EvaluationReport.Result;
import dev.millrace.training.ranking.ScoringMetrics;
import org.junit.jupiter.api.Test;

import java.util.List;

class ReportTextTest {
    private static final RankingMetrics RANKING = new RankingMetrics(3, 0.1, 0.2, 0.15, 0.3, 0.2, 0.4, 0.25);

    @Test
    void toJson_oneResult_hasTheNamesThatToolsRead() {
        EvaluationReport report = new EvaluationReport(
                "say \"last\"",
                "tiny",
                List.of(new Result("model", RANKING, SetMetrics.NONE, ScoringMetrics.NONE, 1.5)));
        assertEquals(
                "{\"protocol\":\"say \\\"last\\\"\",\"dataset\":\"tiny\",\"results\":[{\"model\":\"model\","
                        + "\"hr1\":0.10000,\"hr10\":0.20000,\"ndcg10\":0.15000,\"hr50\":0.30000,\"ndcg50\":0.20000,"
                        + "\"hr200\":0.40000,\"ndcg200\":0.25000,\"cpuSeconds\":1.50000,\"cases\":3}]}",
                report.toJson());
    }

    @Test
    void toJson_scoresWithoutPairs_areNullAndNotNaN() {
        EvaluationReport report = new EvaluationReport(
                "p",
                "d",
                List.of(new Result("model", RANKING, SetMetrics.NONE, new ScoringMetrics(0.75, Double.NaN, 9), 0)));
        assertTrue(report.toJson().contains("\"auc\":0.75000,\"gauc\":null,\"impressions\":9"), report.toJson());
    }

    @Test
    void toText_results_alignInATable() {
        EvaluationReport report = new EvaluationReport(
                "p", "d", List.of(new Result("model", RANKING, SetMetrics.NONE, ScoringMetrics.NONE, 1.5)));
        List<String> lines = report.toText().lines().toList();
        assertEquals(lines.get(3).length(), lines.get(4).length());
        assertTrue(lines.get(4).contains("0.1500"));
    }
}
