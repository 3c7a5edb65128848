package dev.millrace.retrieval;

import dev.millrace.runtime.Deadline;

import java.util.function.IntPredicate;
import java.util.function.IntSupplier;

/**
 * Items drawn evenly from the catalogue by the request's seed, all at the same score. Thread-safe.
 *
 * <p>The catalogue is walked from a drawn place in drawn steps that share no factor with its size, so that no item comes
 * twice and each is as likely as any other.
 */
public final class RandomSource implements CandidateSource {
    private static final int DEADLINE_ITEMS = 256;
    /** Where so few items may be proposed that this many tries in a row fail, the rest are not worth the time. */
    private static final int TRIES_PER_ITEM = 50;

    private final IntSupplier catalogSize;
    private final IntPredicate available;

    public RandomSource(IntSupplier catalogSize, IntPredicate available) {
        this.catalogSize = catalogSize;
        this.available = available;
    }

    @Override
    public String name() {
        return "random";
    }

    @Override
    public int retrieve(UserContext user, int limit, Deadline deadline, CandidateBuffer into) {
        int size = catalogSize.getAsInt();
        if (size == 0) {
            return 0;
        }
        IntPredicate accept = user.accepting(available);
        long drawn = mix(user.seed());
        long item = Long.remainderUnsigned(drawn, size);
        long step = coprime(mix(drawn), size);
        long tries = Math.min(size, (long) limit * TRIES_PER_ITEM + 1_000);
        int added = 0;
        for (long i = 0; i < tries && added < limit; i++, item = (item + step) % size) {
            if (i % DEADLINE_ITEMS == 0 && deadline.isExpired()) {
                into.markPartial();
                break;
            }
            if (accept.test((int) item)) {
                if (!into.add((int) item, 1)) {
                    break;
                }
                added++;
            }
        }
        return added;
    }

    private static long coprime(long drawn, int size) {
        long step = size == 1 ? 1 : 1 + Long.remainderUnsigned(drawn, size - 1L);
        while (greatestCommonDivisor(step, size) != 1) {
            step++;
        }
        return step;
    }

    private static long greatestCommonDivisor(long a, long b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }

    /** The finaliser of SplitMix64. */
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
