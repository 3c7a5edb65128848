package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.runtime.Configuration;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

class FeaturesConfigTest {
    @Test
    void settings_readAgain_giveTheSameConfiguration() throws IOException {
        FeaturesConfig config = new FeaturesConfig(
                32,
                100,
                7,
                false,
                12,
                new FeaturesConfig.HalfLives(
                        Duration.ofHours(5).plusNanos(250_000),
                        Duration.ofDays(2),
                        Duration.ofMillis(1_500),
                        Duration.ofDays(30),
                        Duration.ofMinutes(61)));

        assertEquals(config, FeaturesConfig.from(Configuration.load(null, Map.of(), config.settings())));
    }
}
