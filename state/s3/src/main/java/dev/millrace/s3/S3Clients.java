package dev.millrace.s3;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

import java.net.URI;

/** Makes the client of an object store from its configuration. Stateless. */
final class S3Clients {
    private S3Clients() {}

    static S3Client open(S3Config config) {
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(config.region()))
                .forcePathStyle(config.pathStyle())
                .credentialsProvider(credentials(config.credentials()))
                .overrideConfiguration(limits(config.limits()))
                // Millrace sends Content-MD5, which every store checks; newer checksums, not every store takes.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                // Each block has a checksum of its own, which is compared wherever the block was cached on its way.
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(config.limits().connectTimeout())
                        .socketTimeout(config.limits().silenceTimeout()));
        if (!config.endpoint().isEmpty()) {
            builder.endpointOverride(URI.create(config.endpoint()));
        }
        return builder.build();
    }

    private static ClientOverrideConfiguration limits(S3Config.Limits limits) {
        return ClientOverrideConfiguration.builder()
                .apiCallTimeout(limits.operationTimeout())
                .apiCallAttemptTimeout(limits.attemptTimeout())
                .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                        .maxAttempts(limits.attempts())
                        .build())
                .build();
    }

    private static AwsCredentialsProvider credentials(S3Config.Credentials credentials) {
        return credentials.isGiven()
                ? StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(credentials.accessKey(), credentials.secretKey()))
                : DefaultCredentialsProvider.builder().build();
    }
}
