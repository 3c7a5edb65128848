package dev.millrace.features;

/**
 * A decayed count in one long: its value as of a time (float, high half) and that time (unsigned seconds, low half).
 *
 * <p>An event that is newer than the time decays the value and moves the time; an older one is added as what is left of
 * it by that time. So the count does not depend on the order of arrival, but for rounding. Being one long, it is read
 * whole without a lock.
 */
final class DecayedCounter {
    static final long ZERO = 0;

    private DecayedCounter() {}

    static long add(long counter, long seconds, float amount, Decay decay) {
        float value = value(counter);
        if (value == 0) {
            return pack(amount, seconds);
        }
        long time = time(counter);
        if (seconds >= time) {
            return pack(value * decay.factor(seconds - time) + amount, seconds);
        }
        return pack(value + amount * decay.factor(time - seconds), time);
    }

    /** The count at a time; a time before the last event reads the value as of that event. */
    static float read(long counter, long seconds, Decay decay) {
        float value = value(counter);
        return value == 0 ? 0 : value * decay.factor(seconds - time(counter));
    }

    private static long pack(float value, long seconds) {
        return ((long) Float.floatToRawIntBits(value) << 32) | seconds;
    }

    private static float value(long counter) {
        return Float.intBitsToFloat((int) (counter >>> 32));
    }

    private static long time(long counter) {
        return counter & 0xFFFF_FFFFL;
    }
}
