package dev.millrace.kernels;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;

/**
 * Many reads from files handed to Linux in one call and taken up as they end (io_uring), which costs no thread for each: whoever asked
 * does something else meanwhile. Owned by one thread at a time. Its plain twin is {@link DirectFile#read}, read by read.
 *
 * <p>The kernel shares two rings with the process: what is to be done, and what was done. The entry of the first that has the
 * number {@code i} is always described by the {@code i}th of the submission entries, so the ring of numbers is filled once.
 *
 * <p>Source: Axboe, Efficient IO with io_uring, 2019; the layout is that of {@code linux/io_uring.h}.
 */
public final class ReadRing implements AutoCloseable {
    /** Reads that are on their way at once. */
    public static final int DEPTH = 64;

    private static final @Nullable Calls CALLS = Calls.find();

    private static final int PARAMETER_BYTES = 120;
    private static final int FEATURES_AT = 20;
    private static final int SUBMISSION_OFFSETS_AT = 40;
    private static final int COMPLETION_OFFSETS_AT = 80;
    private static final int HEAD = 0;
    private static final int TAIL = 4;
    private static final int MASK = 8;
    private static final int NUMBERS = 24;
    private static final int COMPLETIONS = 20;
    private static final int ENTRY_BYTES = 64;
    private static final int COMPLETION_BYTES = 16;
    private static final int SINGLE_MAPPING = 1;
    private static final long ENTRIES_OFFSET = 0x10000000L;
    private static final byte READ = 22;

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final Calls calls;
    private final int descriptor;
    private final MemorySegment ring;
    private final MemorySegment entries;
    private final int submissionTail;
    private final int completionHead;
    private final int completionTail;
    private final int completionMask;
    private final int completions;
    private final MemorySegment errorState = SystemCall.newState();

    private Reads reads = new Reads(0);
    /** How many of the reads the ring has seen. */
    private int described;
    /** How many of these have not been taken up, and how many the system has not taken. */
    private int underWay;

    private int unsubmitted;
    private int tail;

    private ReadRing(Calls calls, int descriptor, MemorySegment parameters) throws IOException {
        this.calls = calls;
        this.descriptor = descriptor;
        int numbers = at(parameters, SUBMISSION_OFFSETS_AT + NUMBERS);
        this.completions = at(parameters, COMPLETION_OFFSETS_AT + COMPLETIONS);
        int submissions = at(parameters, 0);
        long ringBytes = Math.max(
                numbers + (long) Integer.BYTES * submissions,
                completions + (long) COMPLETION_BYTES * at(parameters, Integer.BYTES));
        this.ring = calls.map(descriptor, ringBytes, 0);
        this.entries = calls.map(descriptor, (long) ENTRY_BYTES * submissions, ENTRIES_OFFSET);
        this.submissionTail = at(parameters, SUBMISSION_OFFSETS_AT + TAIL);
        this.completionHead = at(parameters, COMPLETION_OFFSETS_AT + HEAD);
        this.completionTail = at(parameters, COMPLETION_OFFSETS_AT + TAIL);
        this.completionMask = at(ring, at(parameters, COMPLETION_OFFSETS_AT + MASK));
        for (int i = 0; i < submissions; i++) {
            ring.set(ValueLayout.JAVA_INT, numbers + (long) Integer.BYTES * i, i);
        }
    }

    /** @return nothing where the system has no such rings, or forbids them */
    public static @Nullable ReadRing open() {
        return CALLS == null ? null : CALLS.open();
    }

    /**
     * Has parts of files read into memory: as many at once as the ring is deep, the others as {@link #await} makes room. The memory
     * is the system's until all have ended.
     *
     * @throws IOException where the ring no longer works; some of the reads may be under way then, for as long as they like
     */
    public void begin(Reads wanted) throws IOException {
        if (underWay > 0) {
            throw new IllegalStateException(underWay + " reads of before have not ended; await them first");
        }
        reads = wanted;
        described = 0;
        describeMore();
        enter(0);
    }

    /** How many of the reads have not been taken up by {@link #await}. */
    public int left() {
        return reads.count - described + underWay;
    }

    /**
     * Waits for reads to end.
     *
     * @param least for how many, unless fewer are left
     * @param ended gets their numbers, in the order in which they ended; it has room for all
     * @param results gets, by number, how many bytes each gave, fewer than asked for at the end of a file; −1 where it failed
     * @return how many ended
     * @throws IOException as in {@link #begin}
     */
    public int await(int least, int[] ended, int[] results) throws IOException {
        int wanted = Math.min(least, left());
        int done = takeUp(0, ended, results);
        while (done < wanted) {
            describeMore();
            enter(Math.min(wanted - done, underWay));
            done = takeUp(done, ended, results);
        }
        return done;
    }

    private void describeMore() {
        int room = Math.min(reads.count - described, DEPTH - underWay);
        for (int i = 0; i < room; i++) {
            describe(described++, tail++ & (DEPTH - 1));
        }
        underWay += room;
        unsubmitted += room;
        INT.setRelease(ring, (long) submissionTail, tail);
    }

    private void describe(int read, int number) {
        long at = (long) ENTRY_BYTES * number;
        for (int word = 0; word < ENTRY_BYTES; word += Long.BYTES) {
            entries.set(ValueLayout.JAVA_LONG, at + word, 0);
        }
        entries.set(ValueLayout.JAVA_BYTE, at, READ);
        entries.set(ValueLayout.JAVA_INT, at + 4, reads.descriptors[read]);
        entries.set(ValueLayout.JAVA_LONG, at + 8, reads.positions[read]);
        entries.set(ValueLayout.JAVA_LONG, at + 16, reads.addresses[read]);
        entries.set(ValueLayout.JAVA_INT, at + 24, reads.lengths[read]);
        entries.set(ValueLayout.JAVA_LONG, at + 32, read);
    }

    /** Hands over what is described, in parts where the system takes no more at once, and waits for so many to end. */
    private void enter(int await) throws IOException {
        if (unsubmitted > 0 || await > 0) {
            unsubmitted -= calls.enter(descriptor, unsubmitted, await, errorState);
        }
    }

    private int takeUp(int before, int[] ended, int[] results) {
        int done = before;
        int head = at(ring, completionHead);
        int last = (int) INT.getAcquire(ring, (long) completionTail);
        for (; head != last; head++) {
            long completion = completions + (long) COMPLETION_BYTES * (head & completionMask);
            int read = (int) ring.get(ValueLayout.JAVA_LONG, completion);
            results[read] = Math.max(-1, at(ring, completion + Long.BYTES));
            ended[done++] = read;
            underWay--;
        }
        INT.setRelease(ring, (long) completionHead, head);
        return done;
    }

    private static int at(MemorySegment memory, long offset) {
        return memory.get(ValueLayout.JAVA_INT, offset);
    }

    @Override
    public void close() {
        calls.unmap(entries);
        calls.unmap(ring);
        calls.close(descriptor);
    }

    /** What is to be read, added one by one. Owned by one thread. */
    public static final class Reads {
        private final int[] descriptors;
        private final long[] addresses;
        private final int[] lengths;
        private final long[] positions;
        private int count;

        public Reads(int capacity) {
            descriptors = new int[capacity];
            addresses = new long[capacity];
            lengths = new int[capacity];
            positions = new long[capacity];
        }

        public void clear() {
            count = 0;
        }

        public int count() {
            return count;
        }

        /** @return the number of the read in the results */
        public int add(DirectFile file, long address, int bytes, long position) {
            descriptors[count] = file.descriptor();
            addresses[count] = address;
            lengths[count] = bytes;
            positions[count] = position;
            return count++;
        }

        /**
         * Does one of the reads without a ring.
         *
         * @return as {@link ReadRing#await} has it
         */
        public int readAlone(int read, DirectFile file) {
            try {
                return file.read(addresses[read], lengths[read], positions[read]);
            } catch (IOException e) {
                return -1;
            }
        }
    }

    /** The functions of the C library. */
    private record Calls(MethodHandle mmap, MethodHandle munmap, MethodHandle close) {
        // Linux, asm-generic/unistd.h, the same on x86-64 and arm64.
        private static final long IO_URING_SETUP = 425;
        private static final long IO_URING_ENTER = 426;
        private static final long GET_EVENTS = 1;
        private static final int PROT_READ_WRITE = 1 | 2;
        private static final int MAP_SHARED_POPULATE = 0x01 | 0x8000;
        private static final int INTERRUPTED = 4;
        private static final int TRY_AGAIN = 11;
        private static final int BUSY = 16;

        @SuppressWarnings("restricted")
        static @Nullable Calls find() {
            if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
                return null;
            }
            Linker linker = Linker.nativeLinker();
            SymbolLookup c = linker.defaultLookup();
            ValueLayout.OfLong size = ValueLayout.JAVA_LONG;
            ValueLayout.OfInt number = ValueLayout.JAVA_INT;
            return new Calls(
                    linker.downcallHandle(
                            c.findOrThrow("mmap"),
                            FunctionDescriptor.of(size, size, size, number, number, number, size)),
                    linker.downcallHandle(c.findOrThrow("munmap"), FunctionDescriptor.of(number, size, size)),
                    linker.downcallHandle(c.findOrThrow("close"), FunctionDescriptor.of(number, number)));
        }

        @Nullable
        ReadRing open() {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment parameters = arena.allocate(PARAMETER_BYTES, Long.BYTES);
                long descriptor = SystemCall.call(IO_URING_SETUP, DEPTH, parameters.address(), 0, 0, 0, 0);
                if (descriptor < 0) {
                    return null;
                }
                if ((at(parameters, FEATURES_AT) & SINGLE_MAPPING) == 0) {
                    close((int) descriptor);
                    return null;
                }
                try {
                    return new ReadRing(this, (int) descriptor, parameters);
                } catch (IOException e) {
                    close((int) descriptor);
                    return null;
                }
            }
        }

        @SuppressWarnings("restricted")
        MemorySegment map(int descriptor, long bytes, long offset) throws IOException {
            long address;
            try {
                address = (long) mmap.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, descriptor, offset);
            } catch (Throwable e) {
                throw new IllegalStateException("mmap could not be called", e);
            }
            if (address == -1) {
                throw new IOException("mmap refused " + bytes + " bytes of a ring");
            }
            return MemorySegment.ofAddress(address).reinterpret(bytes);
        }

        /** @return how many entries the kernel took */
        int enter(int descriptor, int submit, int await, MemorySegment state) throws IOException {
            long flags = await > 0 ? GET_EVENTS : 0;
            long taken = SystemCall.call(state, IO_URING_ENTER, descriptor, submit, await, flags, 0, 0);
            if (taken >= 0) {
                return (int) taken;
            }
            if (taken == -INTERRUPTED || taken == -TRY_AGAIN || taken == -BUSY) {
                return 0;
            }
            throw new IOException("io_uring_enter failed with error " + -taken + " of the system");
        }

        void unmap(MemorySegment memory) {
            try {
                int ignored = (int) munmap.invokeExact(memory.address(), memory.byteSize());
            } catch (Throwable e) {
                throw new IllegalStateException("munmap could not be called", e);
            }
        }

        void close(int descriptor) {
            try {
                int ignored = (int) close.invokeExact(descriptor);
            } catch (Throwable e) {
                throw new IllegalStateException("close could not be called", e);
            }
        }
    }
}
