package dev.millrace.s3;

import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.ColdEntry;
import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.ColdStoreException;
import dev.millrace.storage.cold.ColdStoreException.Reason;
import dev.millrace.storage.cold.SealedFile;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cold objects in a bucket. An object is put on the condition that its key is free, so that two processes never replace
 * each other's content; every request is bounded in time and tried a bounded number of times. Thread-safe.
 */
public final class S3ColdStore implements ColdStore {
    private static final int NOT_FOUND = 404;
    private static final int CONDITION_FAILED = 412;
    private static final int RANGE_NOT_THERE = 416;

    /** Two puts under one key met: the store asks to look again. */
    private static final int CONFLICTING_PUT = 409;

    private final S3Config config;
    private final S3Client client;

    private S3ColdStore(S3Config config, S3Client client) {
        this.config = config;
        this.client = client;
    }

    /** Connects with the first request. */
    public static S3ColdStore open(S3Config config) {
        return new S3ColdStore(config, S3Clients.open(config));
    }

    @Override
    public void put(ColdName name, Path file) throws ColdStoreException {
        byte[] trailer = SealedFile.verify(file);
        try {
            new S3Upload(client, config.bucket(), keyOf(name), file)
                    .run(config.limits().partBytes());
        } catch (S3Exception e) {
            if (e.statusCode() != CONDITION_FAILED && e.statusCode() != CONFLICTING_PUT) {
                throw failure("put", name, e);
            }
            checkSame(name, trailer);
        } catch (SdkException e) {
            throw failure("put", name, e);
        } catch (IOException e) {
            throw new ColdStoreException(Reason.UNAVAILABLE, "cannot read " + file + ": " + e, e);
        }
    }

    @Override
    public void read(ColdName name, long offset, int length, MemorySegment into, Deadline deadline)
            throws ColdStoreException {
        AwsRequestOverrideConfiguration bound = bound("read", name, deadline);
        if (length == 0) {
            return;
        }
        String range = "bytes=" + offset + "-" + (offset + length - 1);
        MemorySegment exact = into.asSlice(0, length);
        ResponseTransformer<GetObjectResponse, Long> reader = (response, in) -> RangeBody.read(response, in, exact);
        long read;
        try {
            read = client.getObject(
                    request -> request.bucket(config.bucket())
                            .key(keyOf(name))
                            .range(range)
                            .overrideConfiguration(bound),
                    reader);
        } catch (SdkException e) {
            throw failure("read", name, e);
        }
        if (read < length) {
            throw new ColdStoreException(
                    Reason.DAMAGED, name + " gave " + read + " of the " + length + " bytes from byte " + offset);
        }
    }

    @Override
    public long size(ColdName name, Deadline deadline) throws ColdStoreException {
        AwsRequestOverrideConfiguration bound = bound("size", name, deadline);
        try {
            return client.headObject(request ->
                            request.bucket(config.bucket()).key(keyOf(name)).overrideConfiguration(bound))
                    .contentLength();
        } catch (SdkException e) {
            throw failure("find", name, e);
        }
    }

    @Override
    public List<ColdEntry> list(String prefix) throws ColdStoreException {
        List<ColdEntry> entries = new ArrayList<>();
        try {
            client.listObjectsV2Paginator(
                            request -> request.bucket(config.bucket()).prefix(config.prefix() + prefix))
                    .contents()
                    .forEach(object -> add(object, entries));
        } catch (SdkException e) {
            throw new ColdStoreException(
                    Reason.UNAVAILABLE,
                    "cannot list " + config.bucket() + "/" + config.prefix() + prefix + ": " + e,
                    e);
        }
        entries.sort((a, b) -> a.name().compareTo(b.name()));
        return entries;
    }

    @Override
    public void delete(ColdName name) throws ColdStoreException {
        try {
            client.deleteObject(request -> request.bucket(config.bucket()).key(keyOf(name)));
        } catch (SdkException e) {
            throw failure("delete", name, e);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private void checkSame(ColdName name, byte[] trailer) throws ColdStoreException {
        byte[] present = new byte[trailer.length];
        long size = size(name, Deadline.none());
        if (size >= present.length) {
            read(name, size - present.length, present.length, MemorySegment.ofArray(present), Deadline.none());
        }
        if (!Arrays.equals(trailer, present)) {
            throw new ColdStoreException(
                    Reason.CONFLICT, name + " exists with other content; put the new content under another name");
        }
    }

    /** What another wrote under the prefix with a name that no cold object has is not shown. */
    private void add(S3Object object, List<ColdEntry> into) {
        String name = object.key().substring(config.prefix().length());
        if (ColdName.isValid(name)) {
            into.add(new ColdEntry(new ColdName(name), object.size()));
        }
    }

    private String keyOf(ColdName name) {
        return config.prefix() + name.value();
    }

    private AwsRequestOverrideConfiguration bound(String what, ColdName name, Deadline deadline)
            throws ColdStoreException {
        long nanos = Math.min(
                deadline.remainingNanos(), config.limits().operationTimeout().toNanos());
        if (nanos <= 0) {
            throw new ColdStoreException(Reason.LATE, "no time is left to " + what + " " + name);
        }
        return AwsRequestOverrideConfiguration.builder()
                .apiCallTimeout(Duration.ofNanos(nanos))
                .build();
    }

    private static ColdStoreException failure(String what, ColdName name, SdkException e) {
        String message = "cannot " + what + " " + name + ": " + e;
        return switch (e) {
            case S3Exception answer
            when answer.statusCode() == NOT_FOUND -> new ColdStoreException(Reason.MISSING, message, e);
            case S3Exception answer
            when answer.statusCode() == RANGE_NOT_THERE -> new ColdStoreException(Reason.DAMAGED, message, e);
            case ApiCallTimeoutException late -> new ColdStoreException(Reason.LATE, message, late);
            case ApiCallAttemptTimeoutException late -> new ColdStoreException(Reason.LATE, message, late);
            default -> new ColdStoreException(Reason.UNAVAILABLE, message, e);
        };
    }
}
