package dev.millrace.audience;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Clicks per impression of each arm over one span of time; null where an arm showed nothing. */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record ClickRates(
        @Nullable Double random,
        @Nullable Double popularity,
        @Nullable Double model,
        @Nullable Double oracle) {
    static ClickRates of(ClickLedger ledger, int fromSecond, int toSecond) {
        return new ClickRates(
                rate(ledger, Arm.RANDOM, fromSecond, toSecond),
                rate(ledger, Arm.POPULARITY, fromSecond, toSecond),
                rate(ledger, Arm.MODEL, fromSecond, toSecond),
                rate(ledger, Arm.ORACLE, fromSecond, toSecond));
    }

    private static @Nullable Double rate(ClickLedger ledger, Arm arm, int fromSecond, int toSecond) {
        long shown = ledger.impressions(arm, fromSecond, toSecond);
        // Four digits: a window holds some ten thousand impressions, so the fifth would be chance.
        return shown == 0 ? null : Math.round(1e4 * ledger.clicks(arm, fromSecond, toSecond) / shown) / 1e4;
    }
}
