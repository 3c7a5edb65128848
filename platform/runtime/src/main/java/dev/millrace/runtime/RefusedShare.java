package dev.millrace.runtime;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The share of the newest requests that were refused, as a moving mean. Thread-safe and lock-free: of two updates at once
 * one may be lost, which the mean bears.
 */
final class RefusedShare {
    /** The mean in 1/65,536. */
    private static final int ONE = 1 << 16;

    /** The weight of one request, 1/128: a tenfold overload of a few hundred requests a second is seen within 50 ms. */
    private static final int SHIFT = 7;

    private final AtomicInteger share = new AtomicInteger();

    /** 0 to 1. */
    double get() {
        return (double) share.getPlain() / ONE;
    }

    void admitted() {
        move(0);
    }

    void refused() {
        move(ONE);
    }

    private void move(int towards) {
        int before = share.getPlain();
        share.setOpaque(before + ((towards - before) >> SHIFT));
    }
}
