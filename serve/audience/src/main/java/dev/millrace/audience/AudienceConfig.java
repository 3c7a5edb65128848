package dev.millrace.audience;

import dev.millrace.audience.world.WorldConfig;
import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * How an audience behaves on the network.
 *
 * @param length how long it stays
 * @param requestsPerSecond the rate that sessions arrive for, all arms together; answers that are slow do not lower it
 * @param slate how many items a person is shown at once
 * @param meanSession the mean number of slates in a session
 * @param meanThink the mean pause of a person between two slates
 * @param newItemEvery the time between two new items
 * @param drift what changes on the way; null for nothing
 */
public record AudienceConfig(
        WorldConfig world,
        Duration length,
        double requestsPerSecond,
        int slate,
        int meanSession,
        Duration meanThink,
        Duration newItemEvery,
        @Nullable PlantedDrift drift) {
    public AudienceConfig {
        if (!(requestsPerSecond > 0 && requestsPerSecond <= 100_000)) {
            throw new IllegalArgumentException("requestsPerSecond is " + requestsPerSecond + "; give 0 to 100,000");
        }
        if (slate < 1 || slate > 200) {
            throw new IllegalArgumentException("slate is " + slate + "; give 1 to 200");
        }
        if (meanSession < 1) {
            throw new IllegalArgumentException("meanSession is " + meanSession + "; give 1 or more");
        }
        if (length.isNegative() || length.isZero()) {
            throw new IllegalArgumentException("length is " + length + "; give more than nothing");
        }
    }

    public static AudienceConfig standard(Duration length) {
        return new AudienceConfig(
                WorldConfig.standard(), length, 80, 6, 15, Duration.ofMillis(1500), Duration.ofSeconds(3), null);
    }

    public AudienceConfig withWorld(WorldConfig changed) {
        return new AudienceConfig(
                changed, length, requestsPerSecond, slate, meanSession, meanThink, newItemEvery, drift);
    }

    public AudienceConfig withDrift(PlantedDrift planted) {
        return new AudienceConfig(
                world, length, requestsPerSecond, slate, meanSession, meanThink, newItemEvery, planted);
    }

    public AudienceConfig withRequestsPerSecond(double changed) {
        return new AudienceConfig(world, length, changed, slate, meanSession, meanThink, newItemEvery, drift);
    }
}
