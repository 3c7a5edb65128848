package dev.millrace.audience;

import dev.millrace.audience.world.Drift;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * How the personal answers followed a planted drift.
 *
 * @param before click rate in the last minute and a half before it
 * @param low click rate in the first quarter of a minute after it
 * @param recovered for each half minute after it, the part of the loss that is back; empty where nothing was lost
 */
public record DriftFollowed(
        Drift kind,
        long atSecond,
        @Nullable Double before,
        @Nullable Double low,
        List<Double> recovered) {
    private static final int BEFORE_SECONDS = 90;
    private static final int LOW_SECONDS = 15;
    private static final int STEP_SECONDS = 30;

    public DriftFollowed {
        recovered = List.copyOf(recovered);
    }

    static DriftFollowed of(PlantedDrift planted, ClickLedger ledger, int now) {
        int at = (int) planted.at().toSeconds();
        Double before = ClickRates.of(ledger, at - BEFORE_SECONDS, at).model();
        Double low = ClickRates.of(ledger, at, at + LOW_SECONDS).model();
        List<Double> recovered = new ArrayList<>();
        for (int from = at; from + STEP_SECONDS <= now; from += STEP_SECONDS) {
            Double rate = ClickRates.of(ledger, from, from + STEP_SECONDS).model();
            if (before != null && low != null && rate != null && before > low) {
                recovered.add(Math.round(100 * (rate - low) / (before - low)) / 100.0);
            }
        }
        return new DriftFollowed(planted.kind(), at, before, low, recovered);
    }
}
