package dev.millrace.kernels;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;

/** Calls of the Linux kernel by number, for what the C library has no function. Stateless, thread-safe. */
final class SystemCall {
    /** What every call fails with on other systems, as on Linux one that the kernel does not have. */
    private static final int NO_SUCH_CALL = 38;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final @Nullable MethodHandle SYSCALL = find();

    private SystemCall() {}

    @SuppressWarnings("restricted")
    private static @Nullable MethodHandle find() {
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
            return null;
        }
        Linker linker = Linker.nativeLinker();
        ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(word, word, word, word, word, word, word, word),
                Linker.Option.firstVariadicArg(1),
                Linker.Option.captureCallState("errno"));
    }

    /** Room for the error of one call at a time, for who makes many: it lasts as long as somebody has it. */
    static MemorySegment newState() {
        return Arena.ofAuto().allocate(STATE);
    }

    /** @return what the kernel gives; where it refuses, the number of the error, negated */
    static long call(long number, long a, long b, long c, long d, long e, long f) {
        try (Arena arena = Arena.ofConfined()) {
            return call(arena.allocate(STATE), number, a, b, c, d, e, f);
        }
    }

    /** The same without making room for the error, see {@link #newState}. */
    static long call(MemorySegment state, long number, long a, long b, long c, long d, long e, long f) {
        if (SYSCALL == null) {
            return -NO_SUCH_CALL;
        }
        try {
            long result = (long) SYSCALL.invokeExact(state, number, a, b, c, d, e, f);
            return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
        } catch (Throwable failure) {
            throw new IllegalStateException("system call " + number + " could not be made", failure);
        }
    }
}
