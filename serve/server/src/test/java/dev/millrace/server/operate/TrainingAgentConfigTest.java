package dev.millrace.server.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Configuration;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class TrainingAgentConfigTest {
    /** Else the child would learn a model, and fail at the ranker each time. */
    @Test
    void from_fewerImpressionsThanAreNeededByDefault_needsNoMoreThanThese() {
        List<String> command = from(Map.of("training.ranker-impressions", "6000"));

        assertEquals("6000", command.get(command.indexOf("--impressions") + 1));
        assertEquals("6000", command.get(command.indexOf("--least-impressions") + 1));
    }

    @Test
    void from_aRidgeLoss_givesItToTheChild() {
        List<String> command = from(Map.of("training.ridge-loss", "0.05"));

        assertEquals("0.05", command.get(command.indexOf("--ridge-loss") + 1));
    }

    @Test
    void from_moreImpressionsNeededThanLearntFrom_isRefused() {
        Map<String, String> settings =
                Map.of("training.ranker-impressions", "6000", "training.ranker-least-impressions", "7000");

        assertThrows(InvalidValueException.class, () -> from(settings));
    }

    private static List<String> from(Map<String, String> settings) {
        return TrainingAgentConfig.from(Configuration.of(settings), Path.of("data"))
                .command();
    }
}
