package dev.millrace.server.ingest;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Delete;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Patch;
import com.linecorp.armeria.server.annotation.Post;
import com.linecorp.armeria.server.annotation.Put;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.server.http.QueryText;
import dev.millrace.wire.Given;
import dev.millrace.wire.catalog.UserBody;
import dev.millrace.wire.catalog.UserErasure;
import dev.millrace.wire.catalog.UserHistory;
import dev.millrace.wire.catalog.UserPage;
import dev.millrace.wire.catalog.UserReference;
import dev.millrace.wire.ingest.IngestResult;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/** The users: what is written is read back by the next request. Thread-safe. */
public final class UsersEndpoint {
    private final BulkIntake bulk;
    private final Intake intake;
    private final Erasures erasures;
    private final UserBodies users;
    private final HistoryReader histories;
    private final KeyedLocks locks = new KeyedLocks();

    public UsersEndpoint(BulkIntake bulk, Intake intake, Erasures erasures, UserBodies users, HistoryReader histories) {
        this.bulk = bulk;
        this.erasures = erasures;
        this.intake = intake;
        this.users = users;
        this.histories = histories;
    }

    @Post("/v1/users")
    public CompletableFuture<IngestResult> upsert(ServiceRequestContext context, HttpRequest request) {
        return bulk.receive(context, request, users::entry, true);
    }

    @Blocking
    @Put("/v1/users/{id}")
    public UserBody put(ServiceRequestContext context, @Param("id") String text, UserBody body) {
        UserId id = Given.id("id", text, UserId::new);
        boolean readmits = new QueryText(context, "readmit").flag("readmit", false);
        return write(id, body, readmits);
    }

    @Blocking
    @Patch("/v1/users/{id}")
    public UserBody patch(@Param("id") String text, AggregatedHttpRequest request) {
        UserId id = Given.id("id", text, UserId::new);
        ReentrantLock lock = locks.of(id);
        lock.lock();
        try {
            return write(id, MergePatch.apply(require(id), request.content().array(), UserBody.class), false);
        } finally {
            lock.unlock();
        }
    }

    /** Blocking: the attributes may be read from disk. */
    @Blocking
    @Get("/v1/users/{id}")
    public UserBody get(@Param("id") String text) {
        return require(Given.id("id", text, UserId::new));
    }

    /** Erases the user, also one who is not known: what comes of them later is refused. A repetition gives the first receipt. */
    @Blocking
    @Delete("/v1/users/{id}")
    public UserErasure delete(@Param("id") String text) {
        return erase(Given.id("id", text, UserId::new));
    }

    /** As {@link #delete}, for an id that no address can name too. */
    @Blocking
    @Post("/v1/users/erase")
    public UserErasure erase(UserReference user) {
        return erase(user.id());
    }

    private UserErasure erase(UserId id) {
        ReentrantLock lock = locks.of(id);
        lock.lock();
        try {
            return erasures.erase(id);
        } finally {
            lock.unlock();
        }
    }

    @Blocking
    @Get("/v1/users")
    public UserPage list(ServiceRequestContext context) {
        QueryText query = new QueryText(context, "offset", "limit", "query");
        int offset = query.integer("offset", 0, 0, Integer.MAX_VALUE);
        int limit = query.integer("limit", 50, 1, PageWindow.MAX_LIMIT);
        String wanted = query.text("query").toLowerCase(Locale.ROOT);
        PageWindow<UserId> pages = new PageWindow<>(offset, limit);
        for (int ordinal = 0; ordinal < users.size(); ordinal++) {
            UserId id = users.id(ordinal);
            if (id != null && id.value().toLowerCase(Locale.ROOT).contains(wanted)) {
                pages.add(id);
            }
        }
        return new UserPage(bodies(pages.page()), pages.total(), offset, limit);
    }

    /** Without those who were deleted meanwhile. */
    private List<UserBody> bodies(List<UserId> ids) {
        List<UserBody> bodies = new ArrayList<>(ids.size());
        for (UserId id : ids) {
            UserBody body = users.find(id);
            if (body != null) {
                bodies.add(body);
            }
        }
        return bodies;
    }

    /** Blocking: it may be read from disk. */
    @Blocking
    @Get("/v1/users/{id}/history")
    public UserHistory history(@Param("id") String text) {
        return history(Given.id("id", text, UserId::new));
    }

    /** As above, for an id that no address can name too. */
    @Blocking
    @Post("/v1/users/history")
    public UserHistory history(UserReference user) {
        return history(user.id());
    }

    private UserHistory history(UserId id) {
        int user = users.ordinal(id);
        if (user < 0) {
            throw unknown(id);
        }
        return histories.read(id, user);
    }

    private UserBody write(UserId id, UserBody body, boolean readmits) {
        ReentrantLock lock = locks.of(id);
        lock.lock();
        try {
            Event upserted = users.upserted(id, body);
            if (readmits) {
                erasures.readmit(id);
            }
            erasures.requirePresent(id);
            intake.storeAndApply(upserted);
            return require(id);
        } finally {
            lock.unlock();
        }
    }

    private UserBody require(UserId id) {
        UserBody user = users.find(id);
        if (user == null) {
            throw unknown(id);
        }
        return user;
    }

    private MillraceException unknown(UserId id) {
        erasures.requireUnerased(id);
        return new MillraceException(
                ErrorCode.NOT_FOUND, "There is no user '" + id + "'; upload it or send an event of it first");
    }
}
