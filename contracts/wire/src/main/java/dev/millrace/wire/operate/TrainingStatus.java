package dev.millrace.wire.operate;

import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * The background training as it stands.
 *
 * @param state {@code idle}, {@code running}, {@code succeeded} or {@code failed}
 * @param progress from 0 to 1
 * @param message what it is doing, or why it failed
 * @param next when the schedule starts the next one; null where there is no schedule
 * @param curve the running or last training's measurements
 */
public record TrainingStatus(
        String state,
        double progress,
        String message,
        @Nullable Instant started,
        @Nullable Instant finished,
        @Nullable String version,
        @Nullable Instant next,
        List<ModelCurve.Point> curve) {
    public TrainingStatus {
        curve = Given.list("curve", curve);
    }
}
