package dev.millrace.wire.recommend;

import dev.millrace.model.Filter;
import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * The body of {@code POST /v1/recommend}; absent fields take their defaults.
 *
 * @param scenario the pipeline that answers; {@code home} by default
 * @param count how many items; 10 by default
 * @param deadlineMillis a tighter deadline than the server's own
 */
public record RecommendRequest(
        String user,
        String scenario,
        Integer count,
        Map<String, String> context,
        @Nullable Filter filter,
        List<Boost> boost,
        List<String> exclude,
        Boolean dryRun,
        Boolean explain,
        @Nullable Integer deadlineMillis) {
    public RecommendRequest {
        user = Given.required("user", user);
        scenario = Given.or(scenario, "home");
        count = Given.or(count, 10);
        context = Given.map("context", context);
        boost = Given.list("boost", boost);
        exclude = Given.list("exclude", exclude);
        dryRun = Given.or(dryRun, false);
        explain = Given.or(explain, false);
        Given.positive("deadlineMillis", deadlineMillis);
    }

    /** A request with every default. */
    public static RecommendRequest of(String user) {
        return of(user, "home", 10);
    }

    public static RecommendRequest of(String user, String scenario, int count) {
        return new RecommendRequest(user, scenario, count, Map.of(), null, List.of(), List.of(), false, false, null);
    }

    public RecommendRequest explained() {
        return new RecommendRequest(
                user, scenario, count, context, filter, boost, exclude, dryRun, true, deadlineMillis);
    }

    /** A copy that leaves no trace: nothing is logged, counted or learnt from it. */
    public RecommendRequest dry() {
        return new RecommendRequest(
                user, scenario, count, context, filter, boost, exclude, true, explain, deadlineMillis);
    }

    /** A factor on the value of the items that match. */
    public record Boost(Filter filter, Double factor) {
        public Boost {
            filter = Given.required("filter", filter);
            factor = Given.required("factor", factor);
        }
    }
}
