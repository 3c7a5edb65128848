package dev.millrace.audience;

import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.operate.ReferencePoint;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;

import java.util.List;

/** The part of the public API that an audience uses. Thread-safe; each call throws when the server refuses it. */
public interface PublicApi {
    RecommendResponse recommend(RecommendRequest request);

    /** Returns when the events are acknowledged; throws when one of them was rejected. */
    void events(List<EventBody> events);

    /** Returns when the items are in the catalogue; throws when one of them was rejected. */
    void items(List<ItemBody> items);

    void reference(ReferencePoint point);
}
