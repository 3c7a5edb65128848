package dev.millrace.console;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Default;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.millrace.client.ApiException;
import dev.millrace.client.MillraceClient;
import dev.millrace.wire.catalog.UserBody;
import dev.millrace.wire.catalog.UserHistory;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** Look at one user's answer, act on an item, and see the next answer change. Thread-safe. */
@Blocking
final class TryEndpoint {
    private static final int COUNT = 10;
    private static final int SUGGESTED_USERS = 50;
    private static final int MAX_LOOKS = 200;
    private static final long LOOK_NANOS = 1_000_000;

    private final Pages pages;

    TryEndpoint(Pages pages) {
        this.pages = pages;
    }

    @Get("/console/try")
    public HttpResponse page(ServiceRequestContext context, @Param("user") @Default("") String user) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> {
            List<String> users = client.users(0, SUGGESTED_USERS, "").users().stream()
                    .map(UserBody::id)
                    .map(String::valueOf)
                    .toList();
            String chosen = user.isBlank() && !users.isEmpty() ? users.getFirst() : user;
            return pages.page(
                    "tryIt",
                    Map.of(
                            "users",
                            users,
                            "user",
                            chosen,
                            "pipelines",
                            client.pipelines().pipelines()));
        });
    }

    @Get("/console/try/slate")
    public HttpResponse slate(
            ServiceRequestContext context,
            @Param("user") @Default("") String user,
            @Param("scenario") @Default("home") String scenario) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> show(client, user.strip(), scenario, List.of(), ""));
    }

    /** Tells the API that the user saw the slate and acted on one item, and shows the next slate. */
    @Post("/console/try/act")
    public HttpResponse act(
            ServiceRequestContext context,
            @Param("user") @Default("") String user,
            @Param("scenario") @Default("") String scenario,
            @Param("item") @Default("") String item,
            @Param("type") @Default("") String type,
            @Param("recommendation") @Default("") String recommendation,
            @Param("before") @Default("") String before) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> {
            long start = System.nanoTime();
            client.events(List.of(EventBody.of("console-" + UUID.randomUUID(), user, item, type, recommendation)));
            long acknowledged = System.nanoTime();
            String note = awaitHistory(client, user, item)
                    ? String.format(
                            Locale.ROOT,
                            "%s on %s: on disk after %.1f ms, in the history %.1f ms later.",
                            type,
                            item,
                            (acknowledged - start) / 1e6,
                            (System.nanoTime() - acknowledged) / 1e6)
                    : type + " on " + item + " is on disk.";
            return show(client, user, scenario, List.of(before.split("\\R")), note);
        });
    }

    private HttpResponse show(MillraceClient client, String user, String scenario, List<String> before, String note) {
        UserHistory history = history(client, user);
        RecommendResponse slate =
                client.recommend(RecommendRequest.of(user, scenario, COUNT).explained());
        return pages.page("slate", Map.of("trial", new Trial(user, scenario, history, slate, before, note)));
    }

    /** Whether the action shows within a bounded time; complaints and impressions never enter the history. */
    private static boolean awaitHistory(MillraceClient client, String user, String item) {
        for (int look = 0; look < MAX_LOOKS; look++) {
            List<UserHistory.Entry> entries = history(client, user).entries();
            if (!entries.isEmpty() && entries.getFirst().item().equals(item)) {
                return true;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return false;
    }

    /** A user that nobody has told of is a newcomer, not an error. */
    private static UserHistory history(MillraceClient client, String user) {
        try {
            return client.history(user);
        } catch (ApiException e) {
            if (e.status() == 404) {
                return new UserHistory(user, List.of(), List.of());
            }
            throw e;
        }
    }
}
