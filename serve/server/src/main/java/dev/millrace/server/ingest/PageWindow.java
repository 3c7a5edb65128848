package dev.millrace.server.ingest;

import java.util.ArrayList;
import java.util.List;

/** One page of what is offered in order, and the count of all. Owned by one request. */
final class PageWindow<T> {
    static final int MAX_LIMIT = 500;

    private final int offset;
    private final int limit;
    private final List<T> page = new ArrayList<>();
    private long total;

    PageWindow(int offset, int limit) {
        this.offset = offset;
        this.limit = limit;
    }

    void add(T entry) {
        if (total >= offset && page.size() < limit) {
            page.add(entry);
        }
        total++;
    }

    List<T> page() {
        return page;
    }

    long total() {
        return total;
    }
}
