package dev.millrace.audience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.audience.world.Person;
import dev.millrace.audience.world.World;
import dev.millrace.audience.world.WorldConfig;
import dev.millrace.wire.catalog.ItemBody;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Whole runs of the audience against a small recommender, one session after the other, so that they are repeatable. */
class LearnableTruthTest {
    private static final AudienceConfig CONFIG = AudienceConfig.standard(Duration.ofMinutes(10));
    private static final int SESSIONS = 1000;

    @Test
    void truth_standardWorld_leavesRoomBetweenChancePopularityAndTruth() {
        ClickRates rates = simulate(CONFIG, SESSIONS, 1);
        assertBetween(0.05, 0.09, rates.random());
        assertBetween(0.09, 0.15, rates.popularity());
        assertBetween(0.34, 0.48, rates.oracle());
        double model = orZero(rates.model());
        assertTrue(model > 1.5 * orZero(rates.popularity()), rates::toString);
        assertTrue(model < 0.8 * orZero(rates.oracle()), rates::toString);
    }

    @Test
    void run_sameSeed_isTheSame() {
        AudienceConfig small = CONFIG.withWorld(new WorldConfig(7, 200, 100, 20, 6));
        assertEquals(simulate(small, 200, 1), simulate(small, 200, 1));
    }

    @Test
    void run_otherSeed_isAnother() {
        AudienceConfig small = CONFIG.withWorld(new WorldConfig(7, 200, 100, 20, 6));
        AudienceConfig other = CONFIG.withWorld(new WorldConfig(8, 200, 100, 20, 6));
        assertNotEquals(simulate(small, 200, 1), simulate(other, 200, 1));
    }

    /** Click rates in the second half of the sessions. */
    static ClickRates simulate(AudienceConfig config, int sessions, long seed) {
        TinyRecommender recommender = new TinyRecommender(seed);
        World world = new World(config.world());
        world.works()
                .forEach(work -> recommender.items(List.of(ItemBody.of(work.id(), work.title(), work.shownTopics()))));
        SplittableRandom arrivals = new SplittableRandom(seed);
        Map<Integer, Person> people = new HashMap<>();
        Measurements measurements = new Measurements(1);
        for (int session = 0; session < sessions; session++) {
            if (session == sessions / 2) {
                measurements = new Measurements(1);
            }
            Person person =
                    people.computeIfAbsent(arrivals.nextInt(config.world().people()), world::person);
            FreshnessProbe probe = new FreshnessProbe(recommender, measurements, config.slate(), Duration.ofDays(1));
            Visit visit = new Visit(config, world, recommender, measurements, probe, person);
            while (visit.step()) {
                assertTrue(visit.thinkNanos() >= 0);
            }
        }
        return ClickRates.of(measurements.ledger(), 0, 1);
    }

    private static void assertBetween(double low, double high, @Nullable Double value) {
        assertTrue(value != null && value >= low && value <= high, value + " is not within " + low + " and " + high);
    }

    private static double orZero(@Nullable Double value) {
        return value == null ? 0 : value;
    }
}
