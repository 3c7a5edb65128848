package dev.millrace.server.rpc;

import dev.millrace.model.AttributeValue;
import dev.millrace.model.Filter;
import dev.millrace.model.InvalidValueException;
import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.grpc.Between;
import dev.millrace.wire.grpc.Event;
import dev.millrace.wire.grpc.Filters;
import dev.millrace.wire.grpc.Item;
import dev.millrace.wire.grpc.NextRequest;
import dev.millrace.wire.grpc.RecommendBatchRequest;
import dev.millrace.wire.grpc.RerankRequest;
import dev.millrace.wire.grpc.SimilarRequest;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.recommend.BatchRecommendRequest;
import dev.millrace.wire.recommend.NextPageRequest;
import dev.millrace.wire.recommend.RecommendRequest;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** gRPC's messages as the wire records of the REST API, with the same defaults. Stateless. */
final class RpcRequests {
    private static final int DEFAULT_COUNT = 10;

    /** As deep as JSON may nest; protobuf itself stops at 100. */
    private static final int MAX_DEPTH = 64;

    private RpcRequests() {}

    static RecommendRequest recommend(dev.millrace.wire.grpc.RecommendRequest message) {
        return new RecommendRequest(
                message.getUser(),
                message.getScenario().isEmpty() ? "home" : message.getScenario(),
                message.hasCount() ? message.getCount() : DEFAULT_COUNT,
                message.getContextMap(),
                message.hasFilter() ? filter(message.getFilter(), 0) : null,
                message.getBoostList().stream()
                        .map(boost -> new RecommendRequest.Boost(filter(boost.getFilter(), 0), boost.getFactor()))
                        .toList(),
                message.getExcludeList(),
                message.getDryRun(),
                message.getExplain(),
                message.hasDeadlineMillis() ? message.getDeadlineMillis() : null);
    }

    static BatchRecommendRequest batch(RecommendBatchRequest message) {
        return new BatchRecommendRequest(
                message.getRequestsList().stream().map(RpcRequests::recommend).toList());
    }

    static NextPageRequest next(NextRequest message) {
        return new NextPageRequest(message.getCursor(), message.hasCount() ? message.getCount() : DEFAULT_COUNT);
    }

    static dev.millrace.wire.recommend.SimilarRequest similar(SimilarRequest message) {
        return new dev.millrace.wire.recommend.SimilarRequest(
                message.getItem(),
                message.hasCount() ? message.getCount() : DEFAULT_COUNT,
                message.hasFilter() ? filter(message.getFilter(), 0) : null);
    }

    static dev.millrace.wire.recommend.RerankRequest rerank(RerankRequest message) {
        return new dev.millrace.wire.recommend.RerankRequest(
                message.getUser(), message.getItemsList(), message.getExplain());
    }

    static EventBody event(Event message) {
        boolean one = message.getItemsCount() == 1;
        return new EventBody(
                message.getEventId(),
                message.getUser(),
                one ? message.getItems(0) : null,
                one ? null : message.getItemsList(),
                message.getType(),
                message.hasTimestampMillis() ? Instant.ofEpochMilli(message.getTimestampMillis()) : null,
                message.hasValue() ? message.getValue() : null,
                message.hasRecommendationId() ? message.getRecommendationId() : null);
    }

    static ItemBody item(Item message) {
        Map<String, AttributeValue> attributes = new LinkedHashMap<>();
        message.getAttributesMap().forEach((name, value) -> attributes.put(name, value(value, "attributes." + name)));
        return new ItemBody(
                message.getId(),
                message.getTitle(),
                message.getTopicsList(),
                attributes,
                created(message),
                !message.hasAvailable() || message.getAvailable());
    }

    private static @Nullable Instant created(Item message) {
        return message.hasCreatedMillis() ? Instant.ofEpochMilli(message.getCreatedMillis()) : null;
    }

    private static Filter filter(dev.millrace.wire.grpc.Filter message, int depth) {
        if (depth > MAX_DEPTH) {
            throw new InvalidValueException("filter", "nests deeper than " + MAX_DEPTH + "; make it flatter");
        }
        return switch (message.getConditionCase()) {
            case TOPIC -> new Filter.HasTopic(message.getTopic());
            case EQUAL ->
                new Filter.Equal(
                        message.getEqual().getAttribute(),
                        value(message.getEqual().getValue(), "filter.equal"));
            case IN ->
                new Filter.In(
                        message.getIn().getAttribute(),
                        message.getIn().getValuesList().stream()
                                .map(value -> value(value, "filter.in"))
                                .toList());
            case BETWEEN -> between(message.getBetween());
            case ALL -> new Filter.And(filters(message.getAll(), depth));
            case ANY -> new Filter.Or(filters(message.getAny(), depth));
            case NOT -> new Filter.Not(filter(message.getNot(), depth + 1));
            case CONDITION_NOT_SET -> new Filter.All();
        };
    }

    private static List<Filter> filters(Filters message, int depth) {
        return message.getFiltersList().stream()
                .map(filter -> filter(filter, depth + 1))
                .toList();
    }

    private static Filter between(Between message) {
        return new Filter.Between(
                message.getAttribute(),
                message.hasMin() ? message.getMin() : Double.NEGATIVE_INFINITY,
                message.hasMax() ? message.getMax() : Double.POSITIVE_INFINITY);
    }

    private static AttributeValue value(dev.millrace.wire.grpc.AttributeValue message, String field) {
        return switch (message.getKindCase()) {
            case TEXT -> new AttributeValue.Text(message.getText());
            case NUMBER -> new AttributeValue.Numeric(message.getNumber());
            case FLAG -> new AttributeValue.Flag(message.getFlag());
            case TEXTS -> new AttributeValue.Texts(message.getTexts().getValuesList());
            case KIND_NOT_SET ->
                throw new InvalidValueException(field, "has no value; give a text, a number, a flag or texts");
        };
    }
}
