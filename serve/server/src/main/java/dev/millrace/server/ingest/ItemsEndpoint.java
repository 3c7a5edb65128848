package dev.millrace.server.ingest;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Delete;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Patch;
import com.linecorp.armeria.server.annotation.Post;
import com.linecorp.armeria.server.annotation.Put;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.server.http.QueryText;
import dev.millrace.wire.Given;
import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.catalog.ItemPage;
import dev.millrace.wire.catalog.ItemReference;
import dev.millrace.wire.ingest.IngestResult;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/** The catalogue: what is written is read back by the next request. Thread-safe. */
public final class ItemsEndpoint {
    private final BulkIntake bulk;
    private final Intake intake;
    private final ItemBodies items;
    private final KeyedLocks locks = new KeyedLocks();

    public ItemsEndpoint(BulkIntake bulk, Intake intake, ItemBodies items) {
        this.bulk = bulk;
        this.intake = intake;
        this.items = items;
    }

    @Post("/v1/items")
    public CompletableFuture<IngestResult> upsert(ServiceRequestContext context, HttpRequest request) {
        return bulk.receive(context, request, items::entry, true);
    }

    @Blocking
    @Put("/v1/items/{id}")
    public ItemBody put(@Param("id") String text, ItemBody body) {
        return write(Given.id("id", text, ItemId::new), body);
    }

    @Blocking
    @Patch("/v1/items/{id}")
    public ItemBody patch(@Param("id") String text, AggregatedHttpRequest request) {
        ItemId id = Given.id("id", text, ItemId::new);
        ReentrantLock lock = locks.of(id);
        lock.lock();
        try {
            return write(id, MergePatch.apply(require(id), request.content().array(), ItemBody.class));
        } finally {
            lock.unlock();
        }
    }

    @Get("/v1/items/{id}")
    public ItemBody get(@Param("id") String text) {
        return require(Given.id("id", text, ItemId::new));
    }

    /** Deleting what is not there changes nothing, so that a repetition succeeds too. */
    @Blocking
    @Delete("/v1/items/{id}")
    public HttpResponse delete(@Param("id") String text) {
        return delete(Given.id("id", text, ItemId::new));
    }

    /** As {@link #delete}, for an id that no address can name too. */
    @Blocking
    @Post("/v1/items/delete")
    public HttpResponse delete(ItemReference item) {
        return delete(item.id());
    }

    private HttpResponse delete(ItemId id) {
        ReentrantLock lock = locks.of(id);
        lock.lock();
        try {
            if (items.find(id) != null) {
                intake.storeAndApply(items.deleted(id));
            }
            return HttpResponse.of(HttpStatus.NO_CONTENT);
        } finally {
            lock.unlock();
        }
    }

    @Blocking
    @Get("/v1/items")
    public ItemPage list(ServiceRequestContext context) {
        QueryText query = new QueryText(context, "offset", "limit", "query");
        int offset = query.integer("offset", 0, 0, Integer.MAX_VALUE);
        int limit = query.integer("limit", 50, 1, PageWindow.MAX_LIMIT);
        String wanted = query.text("query").toLowerCase(Locale.ROOT);
        PageWindow<ItemBody> pages = new PageWindow<>(offset, limit);
        for (int ordinal = 0; ordinal < items.size(); ordinal++) {
            ItemBody item = items.at(ordinal);
            if (item != null && matches(item, wanted)) {
                pages.add(item);
            }
        }
        List<ItemBody> page = pages.page();
        return new ItemPage(page, pages.total(), offset, limit);
    }

    private ItemBody write(ItemId id, ItemBody body) {
        ReentrantLock lock = locks.of(id);
        lock.lock();
        try {
            intake.storeAndApply(items.upserted(id, body));
            return require(id);
        } finally {
            lock.unlock();
        }
    }

    private ItemBody require(ItemId id) {
        ItemBody item = items.find(id);
        if (item == null) {
            throw new MillraceException(ErrorCode.NOT_FOUND, "There is no item '" + id + "'; upload it first");
        }
        return item;
    }

    private static boolean matches(ItemBody item, String wanted) {
        return wanted.isEmpty()
                || item.title().toLowerCase(Locale.ROOT).contains(wanted)
                || (item.id() != null && item.id().toLowerCase(Locale.ROOT).contains(wanted));
    }
}
