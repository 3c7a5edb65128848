package dev.millrace.s3;

import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts one file under a key that nothing has yet: in one request, or in parts that become an object at once. Owned by one
 * thread.
 */
final class S3Upload {
    /** The condition that no object has the key. */
    private static final String NOTHING = "*";

    private final S3Client client;
    private final String bucket;
    private final String key;
    private final Path file;

    S3Upload(S3Client client, String bucket, String key, Path file) {
        this.client = client;
        this.bucket = bucket;
        this.key = key;
        this.file = file;
    }

    /** @throws software.amazon.awssdk.services.s3.model.S3Exception with status 412 when the key is taken */
    void run(long partBytes) throws IOException {
        long size = Files.size(file);
        if (size <= partBytes) {
            putWhole(size);
        } else {
            putParts(size, partBytes);
        }
    }

    private void putWhole(long size) throws IOException {
        FilePart whole = new FilePart(file, 0, size);
        String md5 = whole.contentMd5();
        client.putObject(
                request -> request.bucket(bucket).key(key).ifNoneMatch(NOTHING).contentMD5(md5), whole.body());
    }

    private void putParts(long size, long partBytes) throws IOException {
        String upload = client.createMultipartUpload(
                        request -> request.bucket(bucket).key(key))
                .uploadId();
        try {
            List<CompletedPart> parts = new ArrayList<>();
            for (long offset = 0; offset < size; offset += partBytes) {
                parts.add(putPart(
                        upload, parts.size() + 1, new FilePart(file, offset, Math.min(partBytes, size - offset))));
            }
            client.completeMultipartUpload(request -> request.bucket(bucket)
                    .key(key)
                    .uploadId(upload)
                    .ifNoneMatch(NOTHING)
                    .multipartUpload(all -> all.parts(parts)));
        } catch (SdkException | IOException e) {
            abort(upload, e);
            throw e;
        }
    }

    private CompletedPart putPart(String upload, int number, FilePart part) throws IOException {
        String md5 = part.contentMd5();
        String tag = client.uploadPart(
                        request -> request.bucket(bucket)
                                .key(key)
                                .uploadId(upload)
                                .partNumber(number)
                                .contentMD5(md5),
                        part.body())
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(tag).build();
    }

    /** Parts that belong to nothing cost money. What cannot be aborted, the bucket's lifecycle rule must remove. */
    private void abort(String upload, Exception cause) {
        try {
            client.abortMultipartUpload(
                    request -> request.bucket(bucket).key(key).uploadId(upload));
        } catch (SdkException e) {
            cause.addSuppressed(e);
        }
    }
}
