package dev.millrace.training.ranking;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.List;

class RankerGateTest {
    /** The log loss of foretelling always the rate of 100 in 1,000. */
    private static final double BY_RATE = -0.1 * Math.log(0.1) - 0.9 * Math.log(0.9);

    @Test
    void futility_ofARanker_isNoneOnlyWhereItBeatsTheRate() {
        assertNull(futility(figures("click", 0.6, BY_RATE - 0.001)));
        assertNotNull(futility(figures("click", 0.5, BY_RATE - 0.001)));
        assertNotNull(futility(figures("click", Double.NaN, BY_RATE - 0.001)));
        assertNotNull(futility(figures("click", 0.6, BY_RATE + 0.001)));
        assertNotNull(futility(figures("click", 0.6, Double.NaN)));
        String reason = futility(figures("like", 0.9, 0.01));
        assertNotNull(reason, "the first head was not measured");
        assertTrue(reason.contains("click"), reason);
    }

    @Test
    void objection_toWhatIsNotANumber_isMade() {
        HeadFigures live = figures("click", 0.6, 0.3);
        assertNull(RankerGate.objection(figures("click", 0.6, 0.3), live));
        assertNotNull(RankerGate.objection(figures("click", Double.NaN, 0.3), live));
        assertNotNull(RankerGate.objection(figures("click", 0.6, Double.NaN), live));
    }

    private static @Nullable String futility(HeadFigures figures) {
        return RankerGate.futility(figures, figures("click", 0.5, BY_RATE), ActionType.CLICK);
    }

    private static HeadFigures figures(String head, double auc, double logLoss) {
        ScoringMetrics scoring = new ScoringMetrics(auc, auc, 1_000);
        return new HeadFigures(List.of(new HeadFigures.Head(head, 100, scoring, logLoss, 0.01)));
    }
}
