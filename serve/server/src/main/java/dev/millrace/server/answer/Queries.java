package dev.millrace.server.answer;

import dev.millrace.model.Filter;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.ItemId;
import dev.millrace.model.Query;
import dev.millrace.model.UserId;
import dev.millrace.wire.Given;
import dev.millrace.wire.recommend.RecommendRequest;

import java.util.ArrayList;
import java.util.List;

/** Requests as the pipeline reads them; an id that breaks the rules of ids is named by its field. Stateless. */
final class Queries {
    private Queries() {}

    static Query of(RecommendRequest request) {
        return new Query(
                Given.id("user", request.user(), UserId::new),
                request.scenario(),
                request.count(),
                request.context(),
                request.filter() == null ? new Filter.All() : request.filter(),
                boosts(request.boost()),
                items("exclude", request.exclude()),
                request.dryRun(),
                request.explain());
    }

    static List<ItemId> items(String field, List<String> ids) {
        List<ItemId> items = new ArrayList<>(ids.size());
        for (String id : ids) {
            items.add(Given.id(field + "[" + items.size() + "]", id, ItemId::new));
        }
        return items;
    }

    static int count(int count) {
        if (count < 1 || count > Query.MAX_COUNT) {
            throw new InvalidValueException("count", "is " + count + "; give 1 to " + Query.MAX_COUNT);
        }
        return count;
    }

    private static List<Query.Boost> boosts(List<RecommendRequest.Boost> boosts) {
        List<Query.Boost> converted = new ArrayList<>(boosts.size());
        for (RecommendRequest.Boost boost : boosts) {
            converted.add(new Query.Boost(boost.filter(), boost.factor()));
        }
        return converted;
    }
}
