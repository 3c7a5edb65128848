package dev.millrace.recommend.live;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Something learnt that is in service, counted by leases: its slot holds one, each request holds one, and the last to leave closes
 * it. Thread-safe.
 */
public abstract sealed class LeasedModel permits LiveModel, LiveRanker {
    private final AtomicInteger leases = new AtomicInteger(1);

    public abstract String version();

    /** The sequence of the delta that it answers with; 0 without any. */
    long deltaSequence() {
        return 0;
    }

    /** Takes an item in that is new, or whose attributes have changed. */
    abstract void addItem(int item);

    abstract void removeItem(int item);

    /** Takes the items in that the catalogue has got since this was built. */
    abstract void catchUp();

    /** It is about to be live again, after another was. */
    void comeBack() {
        catchUp();
    }

    /** Frees what it holds; nobody uses it any more. */
    abstract void close();

    /** Gives a lease back. */
    public final void release() {
        if (leases.decrementAndGet() == 0) {
            close();
        }
    }

    /** Takes a lease, unless it is closed. */
    final boolean tryRetain() {
        for (int count = leases.get(); count > 0; count = leases.get()) {
            if (leases.compareAndSet(count, count + 1)) {
                return true;
            }
        }
        return false;
    }
}
