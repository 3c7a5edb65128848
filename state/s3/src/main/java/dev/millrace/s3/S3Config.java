package dev.millrace.s3;

import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Configuration;
import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * Where an object store is and how it is spoken to.
 *
 * @param endpoint such as {@code http://127.0.0.1:9000}; empty for AWS's own of the region
 * @param region such as {@code eu-central-1}; other stores mostly take any
 * @param bucket must exist
 * @param prefix stands before the name of every object; empty, or ends with a slash
 * @param pathStyle whether the bucket stands in the path and not in the host's name, as most other stores want it
 * @param credentials empty ones are found as AWS's tools find them: environment, profile, container, machine
 * @param limits how long and how often a request is tried
 */
public record S3Config(
        String endpoint,
        String region,
        String bucket,
        String prefix,
        boolean pathStyle,
        Credentials credentials,
        Limits limits) {
    /** An access key; does not show its secret. */
    public record Credentials(String accessKey, String secretKey) {
        public static final Credentials FOUND = new Credentials("", "");

        public Credentials {
            require(
                    accessKey.isEmpty() == secretKey.isEmpty(),
                    "access key and secret key",
                    "must be given both, or neither");
        }

        boolean isGiven() {
            return !accessKey.isEmpty();
        }

        @Override
        public String toString() {
            return isGiven() ? accessKey + " with its secret" : "found in the environment";
        }
    }

    /**
     * The bounds of one operation.
     *
     * @param connectTimeout until a connection stands
     * @param silenceTimeout until the next byte of an answer
     * @param attemptTimeout of one attempt as a whole
     * @param operationTimeout of all attempts together; a read's deadline may be sooner
     * @param attempts 1 to 10, with growing pauses between them
     * @param partBytes larger objects are put in parts of this size; 5 MB to 1 GB, as S3 has it
     */
    public record Limits(
            Duration connectTimeout,
            Duration silenceTimeout,
            Duration attemptTimeout,
            Duration operationTimeout,
            int attempts,
            long partBytes) {
        private static final long LEAST_PART = 5 << 20;
        private static final long LARGEST_PART = 1 << 30;

        public Limits {
            for (Duration timeout : new Duration[] {connectTimeout, silenceTimeout, attemptTimeout, operationTimeout}) {
                require(timeout.isPositive(), "timeout", timeout + " must be longer than nothing");
            }
            require(attempts >= 1 && attempts <= 10, "attempts", attempts + " must be from 1 to 10");
            require(
                    partBytes >= LEAST_PART && partBytes <= LARGEST_PART,
                    "partBytes",
                    partBytes + " must be from " + LEAST_PART + " to " + LARGEST_PART);
        }

        /** Connect 1 s, silence 2 s, attempt 30 s, all 60 s, three attempts, parts of 64 MB. */
        public static Limits defaults() {
            return new Limits(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60),
                    3,
                    64 << 20);
        }
    }

    public S3Config {
        require(!bucket.isBlank(), "bucket", "must be named; it is not made");
        require(!region.isBlank(), "region", "must be named; stores that have none take any, such as us-east-1");
        require(
                prefix.isEmpty() || (prefix.endsWith("/") && !prefix.startsWith("/") && prefix.length() <= 256),
                "prefix",
                "'" + prefix + "' must be empty, or end with a slash, begin without one and have at most 256 letters");
    }

    /**
     * The settings {@code store.cold.s3.…}.
     *
     * @return nothing where no bucket is named
     */
    public static @Nullable S3Config from(Configuration configuration) {
        String bucket = configuration.text("store.cold.s3.bucket", "");
        String endpoint = configuration.text("store.cold.s3.endpoint", "");
        String region = configuration.text("store.cold.s3.region", "us-east-1");
        String prefix = configuration.text("store.cold.s3.prefix", "");
        boolean pathStyle = configuration.flag("store.cold.s3.path-style", !endpoint.isBlank());
        Credentials credentials = new Credentials(
                configuration.text("store.cold.s3.access-key", ""), configuration.text("store.cold.s3.secret-key", ""));
        Limits limits = limits(configuration);
        if (bucket.isBlank()) {
            require(
                    endpoint.isBlank() && prefix.isBlank(),
                    "store.cold.s3.bucket",
                    "must be named where an endpoint or a prefix is");
            return null;
        }
        return new S3Config(endpoint, region, bucket, prefix, pathStyle, credentials, limits);
    }

    private static Limits limits(Configuration configuration) {
        Limits limits = Limits.defaults();
        Duration least = Duration.ofMillis(10);
        Duration most = Duration.ofHours(1);
        return new Limits(
                configuration.duration("store.cold.s3.connect-timeout", limits.connectTimeout, least, most),
                configuration.duration("store.cold.s3.silence-timeout", limits.silenceTimeout, least, most),
                configuration.duration("store.cold.s3.attempt-timeout", limits.attemptTimeout, least, most),
                configuration.duration("store.cold.s3.timeout", limits.operationTimeout, least, most),
                configuration.integer("store.cold.s3.attempts", limits.attempts, 1, 10),
                configuration.bytes(
                        "store.cold.s3.part-bytes", limits.partBytes, Limits.LEAST_PART, Limits.LARGEST_PART));
    }

    /** Where it is, in words. */
    public String place() {
        return "bucket " + bucket + (prefix.isEmpty() ? "" : "/" + prefix) + " at "
                + (endpoint.isEmpty() ? "S3 in " + region : endpoint);
    }

    private static void require(boolean holds, String field, String problem) {
        if (!holds) {
            throw new InvalidValueException(field, problem);
        }
    }
}
