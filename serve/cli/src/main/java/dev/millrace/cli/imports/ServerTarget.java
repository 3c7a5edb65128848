package dev.millrace.cli.imports;

import dev.millrace.client.MillraceClient;
import dev.millrace.model.Event;
import dev.millrace.model.Item;
import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.catalog.UserBody;
import dev.millrace.wire.imports.RejectSink;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.ingest.IngestResult;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Sends an import to a running server through the public API, in the order of the files. Owned by one thread. */
public final class ServerTarget implements ImportTarget {
    private static final int BATCH = 1000;

    private final MillraceClient client;
    private final RejectSink rejects;
    private final List<Event> batch = new ArrayList<>(BATCH);
    private ImportCounts counts = ImportCounts.NONE;

    /**
     * @param client closed with this target
     * @param rejects takes what the server refuses
     */
    public ServerTarget(MillraceClient client, RejectSink rejects) {
        this.client = client;
        this.rejects = rejects;
    }

    @Override
    public void accept(Event event) throws IOException {
        boolean other = !batch.isEmpty() && batch.getFirst().getClass() != event.getClass();
        if (other || batch.size() == BATCH) {
            flush();
        }
        batch.add(event);
    }

    @Override
    public void flush() throws IOException {
        if (batch.isEmpty()) {
            return;
        }
        switch (batch.getFirst()) {
            case Event.Action _ -> count(client.events(bodies(Event.Action.class, ServerTarget::body)));
            case Event.ItemUpserted _ -> count(client.items(bodies(Event.ItemUpserted.class, e -> body(e.item()))));
            case Event.UserUpserted _ ->
                count(client.users(bodies(
                        Event.UserUpserted.class,
                        e -> new UserBody(e.user().id().value(), e.user().attributes()))));
            case Event.ItemDeleted _ ->
                delete(Event.ItemDeleted.class, e -> client.deleteItem(e.item().value()));
            case Event.UserDeleted _ ->
                delete(Event.UserDeleted.class, e -> client.deleteUser(e.user().value()));
            case Event.SlateServed _ -> refuseSlates();
        }
        batch.clear();
    }

    @Override
    public ImportCounts counts() {
        return counts;
    }

    @Override
    public void close() {
        client.close();
    }

    private <E extends Event, B> List<B> bodies(Class<E> type, Function<E, B> body) {
        List<B> bodies = new ArrayList<>(batch.size());
        for (Event event : batch) {
            bodies.add(body.apply(type.cast(event)));
        }
        return bodies;
    }

    private <E extends Event> void delete(Class<E> type, java.util.function.Consumer<E> call) {
        for (Event event : batch) {
            call.accept(type.cast(event));
            counts = counts.plus(1, 0, 0);
        }
    }

    private void count(IngestResult result) throws IOException {
        counts = counts.plus(result.accepted(), result.duplicates(), result.rejectedCount());
        for (IngestResult.Reject reject : result.rejected()) {
            int index = (int) reject.line() - 1;
            String raw = index >= 0 && index < batch.size() ? batch.get(index).toString() : "";
            rejects.reject(new RejectSink.Reject("server", reject.line(), raw, reject.problem()));
        }
    }

    /** A server writes the slates that it served; nobody may tell it others. */
    private void refuseSlates() throws IOException {
        for (Event event : batch) {
            rejects.reject(
                    new RejectSink.Reject("import", 0, event.toString(), "slates are written by the server alone"));
        }
        counts = counts.plus(0, 0, batch.size());
    }

    private static EventBody body(Event.Action action) {
        return new EventBody(
                action.id().value(),
                action.user().value(),
                action.item().value(),
                null,
                action.type().name().toLowerCase(Locale.ROOT),
                action.timestamp(),
                action.value(),
                action.recommendation() == null ? null : action.recommendation().value());
    }

    private static ItemBody body(Item item) {
        return new ItemBody(
                item.id().value(), item.title(), item.topics(), item.attributes(), item.created(), item.available());
    }
}
