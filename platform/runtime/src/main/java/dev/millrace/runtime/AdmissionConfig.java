package dev.millrace.runtime;

import java.time.Duration;

/**
 * How much work may wait.
 *
 * @param workers how many requests are worked on at once
 * @param maxWaiting how many admitted requests may wait, whatever the estimate says
 * @param maxWait the longest expected wait with which a request is admitted
 * @param expectedService the service time assumed before the first is measured
 */
public record AdmissionConfig(int workers, int maxWaiting, Duration maxWait, Duration expectedService) {
    public AdmissionConfig {
        if (workers < 1 || maxWaiting < 1) {
            throw new IllegalArgumentException(
                    "workers " + workers + " and maxWaiting " + maxWaiting + " must be at least 1");
        }
    }

    /** @param workers how many threads the assembly gives to answering */
    public static AdmissionConfig from(Configuration configuration, int workers) {
        return new AdmissionConfig(
                workers,
                configuration.integer("admission.max-waiting", 256, 1, 65_536),
                configuration.duration(
                        "admission.max-wait", Duration.ofMillis(40), Duration.ofMillis(1), Duration.ofSeconds(60)),
                configuration.duration(
                        "admission.expected-service",
                        Duration.ofMillis(3),
                        Duration.ofNanos(1000),
                        Duration.ofSeconds(60)));
    }
}
