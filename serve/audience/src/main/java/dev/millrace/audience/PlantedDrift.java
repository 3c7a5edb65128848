package dev.millrace.audience;

import dev.millrace.audience.world.Drift;

import java.time.Duration;

/** A change of the whole audience, at a time after its begin. */
public record PlantedDrift(Drift kind, Duration at) {
    public PlantedDrift {
        if (at.isNegative() || at.isZero()) {
            throw new IllegalArgumentException("the drift is at " + at + "; give more than nothing");
        }
    }
}
