package dev.millrace.recommend;

import dev.millrace.features.Catalog;
import dev.millrace.features.FeatureState;
import dev.millrace.features.SeenItems;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Slate;
import dev.millrace.recommend.stages.HydrateUser;
import dev.millrace.recommend.stages.Request;
import dev.millrace.retrieval.CandidateBuffer;
import dev.millrace.retrieval.CandidateSource;
import dev.millrace.retrieval.UserContext;
import dev.millrace.runtime.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer when a pipeline has none: what is popular, then any available item; items that the user has seen come back
 * before the answer stays empty. Thread-safe.
 */
final class LastResort {
    static final String NAME = "last-resort";

    private static final Logger log = LoggerFactory.getLogger(LastResort.class);
    private static final int TRENDING = 600;
    private static final int MOST_LOOKED_AT = 100_000;
    private static final int DEADLINE_STRIDE = 256;

    /** What comes late is still worth more than nothing, within reason: a filter may cost what it likes. */
    private static final Duration TIME = Duration.ofMillis(10);

    private final FeatureState state;
    private final Catalog catalog;
    private final CandidateSource trending;

    LastResort(FeatureState state, CandidateSource trending) {
        this.state = state;
        this.catalog = state.catalog();
        this.trending = trending;
    }

    List<Slate.Entry> entries(Request request) {
        SeenItems excluded = new SeenItems();
        HydrateUser.exclude(request, excluded, catalog);
        SeenItems seen = seen(request);
        List<Slate.Entry> entries = new ArrayList<>();
        addTrending(request, excluded, seen, entries);
        addAny(request, excluded, seen, Deadline.after(TIME), entries);
        if (entries.isEmpty()) {
            addAny(request, excluded, new SeenItems(), Deadline.after(TIME), entries);
        }
        return entries;
    }

    private SeenItems seen(Request request) {
        SeenItems seen = new SeenItems();
        int user = state.users().ordinal(request.query().user());
        if (user >= 0) {
            try {
                state.userRows().read(user, state.userRows().room()).seen(seen);
            } catch (MillraceException failure) {
                log.warn("the last resort goes on without what the user has seen", failure);
            }
        }
        return seen;
    }

    private void addTrending(Request request, SeenItems excluded, SeenItems seen, List<Slate.Entry> entries) {
        CandidateBuffer buffer = new CandidateBuffer(TRENDING);
        UserContext nobody = new UserContext(1);
        nobody.reset(-1, request.nowMillis(), request.seed());
        try {
            trending.retrieve(nobody, TRENDING, Deadline.after(TIME), buffer);
        } catch (RuntimeException failure) {
            log.warn("the last resort goes on without trending items", failure);
        }
        for (int i = 0; i < buffer.size() && !isFull(entries, request); i++) {
            if (isEligible(buffer.item(i), request, excluded, seen)) {
                add(buffer.item(i), trending.name(), "Popular now", excluded, entries);
            }
        }
    }

    private void addAny(
            Request request, SeenItems excluded, SeenItems seen, Deadline deadline, List<Slate.Entry> entries) {
        int all = catalog.size();
        int start = all == 0 ? 0 : (int) Long.remainderUnsigned(request.seed(), all);
        for (int looked = 0; looked < Math.min(all, MOST_LOOKED_AT) && !isFull(entries, request); looked++) {
            if (looked % DEADLINE_STRIDE == DEADLINE_STRIDE - 1 && deadline.isExpired()) {
                return;
            }
            int item = start + looked < all ? start + looked : start + looked - all;
            if (isEligible(item, request, excluded, seen)) {
                add(item, NAME, "Fills up the list", excluded, entries);
            }
        }
    }

    private boolean isEligible(int item, Request request, SeenItems excluded, SeenItems seen) {
        return catalog.isAvailable(item)
                && !excluded.contains(item)
                && !seen.contains(item)
                && request.filter().accepts(item);
    }

    private void add(int item, String source, String reason, SeenItems excluded, List<Slate.Entry> entries) {
        excluded.add(item);
        float score = 1f / (1 + entries.size());
        entries.add(new Slate.Entry(catalog.id(item), score, 1, List.of(source), reason, Slate.Why.UNTOLD));
    }

    private static boolean isFull(List<Slate.Entry> entries, Request request) {
        return entries.size() >= request.query().count();
    }
}
