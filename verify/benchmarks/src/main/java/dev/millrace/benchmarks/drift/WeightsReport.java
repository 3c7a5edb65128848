package dev.millrace.benchmarks.drift;

import java.util.List;

/**
 * What each way to serve reached.
 *
 * @param options what was simulated, in words
 * @param ways in the order in which they were tried
 */
public record WeightsReport(String options, List<Line> ways) {
    public WeightsReport {
        ways = List.copyOf(ways);
    }

    /**
     * A way to serve.
     *
     * @param settings what differs from the default
     * @param clickRate of personal answers from the training to the end, the mean of the worlds
     * @param ofOracle the same as a part of what the truth's own order got
     * @param standardError of the click rate, by impressions alone
     * @param clickRates by world
     */
    public record Line(
            String name,
            String settings,
            double clickRate,
            double ofOracle,
            double standardError,
            List<Double> clickRates) {
        public Line {
            clickRates = List.copyOf(clickRates);
        }
    }
}
