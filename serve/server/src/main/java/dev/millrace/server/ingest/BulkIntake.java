package dev.millrace.server.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.millrace.model.Event;
import dev.millrace.model.InvalidValueException;
import dev.millrace.server.http.OverloadedException;
import dev.millrace.server.http.ServerConfig.Limits;
import dev.millrace.server.http.StrictBodies;
import dev.millrace.wire.StrictJson;
import dev.millrace.wire.ingest.IngestResult;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Bodies that hold one entry, an array of them or a stream of lines. A bad entry among several is named and does not
 * stop the others; a bad single entry is a bad request. Thread-safe.
 */
public final class BulkIntake {
    /** Entries that are written together: enough to share a disk write, few enough to stay small. */
    private static final int BATCH_EVENTS = 512;

    /** Streams at the same time; each holds a thread and a batch. */
    private static final int MAX_STREAMS = 64;

    private static final MediaType LINES = MediaType.parse("application/x-ndjson");
    private static final MediaType LINES_TOO = MediaType.parse("application/jsonl");

    private final Intake intake;
    private final Erasures erasures;
    private final Limits limits;
    private final Semaphore streams = new Semaphore(MAX_STREAMS);

    /** What one entry of a body stands for. */
    @FunctionalInterface
    public interface EntryReader {
        List<? extends Event> read(JsonNode entry);
    }

    public BulkIntake(Intake intake, Erasures erasures, Limits limits) {
        this.intake = intake;
        this.erasures = erasures;
        this.limits = limits;
    }

    /** @param readBack whether to answer only when what was written can be read */
    public CompletableFuture<IngestResult> receive(
            ServiceRequestContext context, HttpRequest request, EntryReader entries, boolean readBack) {
        MediaType type = request.contentType();
        if (isLines(type)) {
            context.setMaxRequestLength(0);
            context.setRequestTimeout(TimeoutMode.SET_FROM_NOW, limits.streamIdle());
            return onBlockingThread(context, () -> stream(context, request, entries, readBack));
        }
        StrictBodies.requireJson(type);
        context.setMaxRequestLength(limits.bulkBytes());
        return request.aggregate()
                .thenApplyAsync(
                        body -> whole(body.content().array(), entries, readBack), context.blockingTaskExecutor());
    }

    /** Entries that are in memory already. */
    public CompletableFuture<IngestResult> receive(
            ServiceRequestContext context, List<? extends Supplier<List<? extends Event>>> entries, boolean readBack) {
        return onBlockingThread(context, () -> {
            Tally tally = new Tally();
            several(entries, tally);
            return finish(tally, readBack);
        });
    }

    private static boolean isLines(@Nullable MediaType type) {
        return type != null && (type.belongsTo(LINES) || type.belongsTo(LINES_TOO));
    }

    private IngestResult whole(byte[] body, EntryReader entries, boolean readBack) {
        JsonNode tree = StrictJson.tree(body);
        Tally tally = new Tally();
        if (tree.isArray()) {
            List<Supplier<List<? extends Event>>> several = new ArrayList<>(tree.size());
            tree.forEach(entry -> several.add(() -> entries.read(entry)));
            several(several, tally);
        } else if (!tree.isObject()) {
            throw new InvalidValueException(
                    "", "the body is neither an object nor an array; give an object, or several in an array");
        } else {
            tally.stored(intake.storeNow(present(entries.read(tree))));
        }
        return finish(tally, readBack);
    }

    private void several(List<? extends Supplier<List<? extends Event>>> entries, Tally tally) {
        List<Event> batch = new ArrayList<>(BATCH_EVENTS);
        for (int i = 0; i < entries.size(); i++) {
            try {
                batch.addAll(present(entries.get(i).get()));
            } catch (InvalidValueException e) {
                tally.reject(i + 1L, e);
            }
            if (batch.size() >= BATCH_EVENTS) {
                flush(batch, tally);
            }
        }
        flush(batch, tally);
    }

    private IngestResult stream(
            ServiceRequestContext context, HttpRequest request, EntryReader entries, boolean readBack)
            throws IOException {
        if (!streams.tryAcquire()) {
            throw new OverloadedException("There are " + MAX_STREAMS + " streams already", 1000);
        }
        try (InputStream in = request.toInputStream(BulkIntake::data)) {
            Tally tally = new Tally();
            lines(context, new BodyLines(in, limits.lineBytes()), entries, tally);
            return finish(tally, readBack);
        } finally {
            streams.release();
        }
    }

    private void lines(ServiceRequestContext context, BodyLines lines, EntryReader entries, Tally tally)
            throws IOException {
        List<Event> batch = new ArrayList<>(BATCH_EVENTS);
        while (true) {
            try {
                byte[] line = lines.next();
                if (line == null) {
                    break;
                }
                batch.addAll(present(entries.read(StrictJson.tree(line))));
            } catch (InvalidValueException e) {
                tally.reject(lines.number(), e);
            }
            if (batch.size() >= BATCH_EVENTS || lines.isWaiting()) {
                flush(batch, tally);
                context.setRequestTimeout(TimeoutMode.SET_FROM_NOW, limits.streamIdle());
            }
        }
        flush(batch, tally);
    }

    /** An entry of an erased user is a bad one. */
    private List<? extends Event> present(List<? extends Event> events) {
        events.forEach(erasures::requirePresent);
        return events;
    }

    private void flush(List<Event> batch, Tally tally) {
        if (!batch.isEmpty()) {
            tally.stored(intake.storeNow(batch));
            batch.clear();
        }
    }

    private IngestResult finish(Tally tally, boolean readBack) {
        if (readBack && tally.offset() >= 0) {
            intake.awaitApplied(tally.offset());
        }
        return tally.result();
    }

    private static HttpData data(Object part) {
        return part instanceof HttpData data ? data : HttpData.empty();
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private static <T> CompletableFuture<T> onBlockingThread(ServiceRequestContext context, Work<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        context.blockingTaskExecutor().execute(() -> {
            try {
                result.complete(work.run());
            } catch (Throwable failure) {
                result.completeExceptionally(failure);
            }
        });
        return result;
    }
}
