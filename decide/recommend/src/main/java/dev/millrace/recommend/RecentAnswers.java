package dev.millrace.recommend;

import dev.millrace.model.Query;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import dev.millrace.recommend.RecommendConfig.Memory;
import org.jspecify.annotations.Nullable;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is kept of answers for a while: how they came about, and where their next page begins. Bounded; the oldest is
 * forgotten first. Thread-safe by a lock that is held for one map access.
 *
 * <p>A page is computed when it is asked for, with what the pages before it showed as exclusions: so it reacts to what
 * the user did meanwhile, and the cursor is a name without content that cannot be forged or grow.
 */
final class RecentAnswers {
    /** A page: the query to repeat, and what was shown so far. */
    @SuppressWarnings("ArrayRecordComponent") // Pages are never compared, and up to thousands of ints want no boxes.
    record Page(Query query, int[] shown, long expiresMillis) {}

    private final Memory limits;
    private final Map<RecommendationId, ServedAnswer> explanations = new LinkedHashMap<>();
    private final Map<String, Page> pages = new LinkedHashMap<>();

    RecentAnswers(Memory limits) {
        this.limits = limits;
    }

    synchronized void remember(ServedAnswer explanation) {
        explanations.put(explanation.slate().id(), explanation);
        dropOldest(explanations, limits.explained());
    }

    synchronized @Nullable ServedAnswer explanation(RecommendationId id) {
        return explanations.get(id);
    }

    synchronized void remember(String cursor, Query query, int[] shown, long nowMillis) {
        pages.put(cursor, new Page(query, shown, nowMillis + limits.pageLife().toMillis()));
        dropOldest(pages, limits.pages());
    }

    synchronized void forget(UserId user) {
        explanations.values().removeIf(answer -> answer.user().equals(user));
        pages.values().removeIf(page -> page.query().user().equals(user));
    }

    /** The page of a cursor; null when it is unknown or too old. */
    synchronized @Nullable Page page(String cursor, long nowMillis) {
        Page page = pages.get(cursor);
        return page == null || page.expiresMillis() < nowMillis ? null : page;
    }

    private static void dropOldest(Map<?, ?> map, int limit) {
        Iterator<?> oldest = map.keySet().iterator();
        while (map.size() > limit && oldest.hasNext()) {
            oldest.next();
            oldest.remove();
        }
    }
}
