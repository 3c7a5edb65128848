package dev.millrace.kernels;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * A file that is read or written past the system's cache where system and file system can (Linux, {@code O_DIRECT}), else
 * through it. Unlike a channel, it does not close when a thread that reads from it is interrupted. Thread-safe.
 */
public final class DirectFile implements AutoCloseable {
    /** Address, length and position of a read are multiples of this. */
    public static final int ALIGNMENT = 4096;

    private final Path path;
    private final int descriptor;
    private final boolean direct;
    private final @Nullable FileChannel channel;

    private DirectFile(Path path, int descriptor, boolean direct, @Nullable FileChannel channel) {
        this.path = path;
        this.descriptor = descriptor;
        this.direct = direct;
        this.channel = channel;
    }

    /** Made when they are first used: it takes a while. */
    private static final class Linked {
        static final @Nullable Calls CALLS = Calls.find();
    }

    /** Returns when the calls have been made that files are read and written with. */
    static void prepare() {
        @Nullable Calls ignored = Linked.CALLS;
    }

    /** Opens a file for reading through the system's cache: for what was written not long ago, or is small. */
    public static DirectFile openThroughCache(Path path) throws IOException {
        return new DirectFile(path, -1, false, FileChannel.open(path, StandardOpenOption.READ));
    }

    /** Opens a file for reading. */
    public static DirectFile open(Path path) throws IOException {
        return open(path, StandardOpenOption.READ);
    }

    /** Opens a file, which is there, for writing. */
    public static DirectFile openForWriting(Path path) throws IOException {
        return open(path, StandardOpenOption.WRITE);
    }

    private static DirectFile open(Path path, StandardOpenOption access) throws IOException {
        Calls calls = Linked.CALLS;
        if (calls == null) {
            return new DirectFile(path, -1, false, FileChannel.open(path, access));
        }
        int mode = access == StandardOpenOption.WRITE ? Calls.O_WRONLY : 0;
        int descriptor = calls.open(path, mode, true);
        boolean direct = descriptor >= 0;
        if (!direct) {
            // Some file systems have no direct access.
            descriptor = calls.open(path, mode, false);
        }
        if (descriptor == -Calls.NO_SUCH_FILE) {
            throw new NoSuchFileException(path.toString());
        }
        if (descriptor < 0) {
            throw new IOException(path + " cannot be opened: " + calls.text(-descriptor));
        }
        return new DirectFile(path, descriptor, direct, null);
    }

    /** The system's number of the file; −1 where it is read through a channel, for which there are no rings. */
    int descriptor() {
        return descriptor;
    }

    /** Whether the system's cache is passed by. */
    public boolean isDirect() {
        return direct;
    }

    /**
     * Reads into memory at an address.
     *
     * @return how many bytes were read; fewer than asked for only at the end of the file
     */
    public int read(long address, int bytes, long position) throws IOException {
        int done = 0;
        while (done < bytes) {
            long count = channel != null
                    ? channel.read(RawMemory.view(address + done, bytes - done).asByteBuffer(), position + done)
                    : calls().read(path, descriptor, address + done, bytes - done, position + done);
            if (count <= 0) {
                break;
            }
            done += (int) count;
            if (done % ALIGNMENT != 0) {
                // The end of the file: a direct read from here on would not be aligned.
                break;
            }
        }
        return done;
    }

    /**
     * Writes memory at an address.
     *
     * @return how many bytes were written; fewer than given only where the rest is to be tried again
     */
    public int write(long address, int bytes, long position) throws IOException {
        return channel != null
                ? channel.write(RawMemory.view(address, bytes).asByteBuffer(), position)
                : (int) calls().write(path, descriptor, address, bytes, position);
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        } else {
            calls().close(descriptor);
        }
    }

    private static Calls calls() {
        Calls calls = Linked.CALLS;
        if (calls == null) {
            throw new IllegalStateException("there are no such calls on this system");
        }
        return calls;
    }

    /** The functions of the C library. */
    private record Calls(
            MethodHandle open,
            MethodHandle pread,
            MethodHandle pwrite,
            MethodHandle close,
            MethodHandle strerror,
            int directFlag) {
        private static final int O_WRONLY = 1;
        private static final int O_CLOEXEC = 0x80000;
        private static final int NO_SUCH_FILE = 2;
        private static final int INTERRUPTED = 4;
        private static final int MAX_TEXT = 256;
        private static final StructLayout STATE = Linker.Option.captureStateLayout();
        private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        private static final ThreadLocal<MemorySegment> STATES =
                ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

        @SuppressWarnings("restricted")
        static @Nullable Calls find() {
            if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
                return null;
            }
            Linker linker = Linker.nativeLinker();
            SymbolLookup c = linker.defaultLookup();
            ValueLayout.OfLong size = ValueLayout.JAVA_LONG;
            ValueLayout.OfInt number = ValueLayout.JAVA_INT;
            // Linux, asm/fcntl.h: O_DIRECT differs between processors.
            boolean arm = System.getProperty("os.arch", "").contains("aarch64");
            FunctionDescriptor transfer = FunctionDescriptor.of(size, number, size, size, size);
            Linker.Option keepsError = Linker.Option.captureCallState("errno");
            return new Calls(
                    linker.downcallHandle(
                            c.findOrThrow("open"),
                            FunctionDescriptor.of(number, ValueLayout.ADDRESS, number),
                            Linker.Option.firstVariadicArg(2),
                            keepsError),
                    linker.downcallHandle(c.findOrThrow("pread"), transfer, keepsError),
                    linker.downcallHandle(c.findOrThrow("pwrite"), transfer, keepsError),
                    linker.downcallHandle(c.findOrThrow("close"), FunctionDescriptor.of(number, number)),
                    linker.downcallHandle(
                            c.findOrThrow("strerror"), FunctionDescriptor.of(ValueLayout.ADDRESS, number)),
                    arm ? 0x10000 : 0x4000);
        }

        /** @return the descriptor, or the negative number of the error */
        int open(Path path, int mode, boolean direct) {
            MemorySegment state = STATES.get();
            try (Arena arena = Arena.ofConfined()) {
                int descriptor = (int) open.invokeExact(
                        state, arena.allocateFrom(path.toString()), O_CLOEXEC | mode | (direct ? directFlag : 0));
                return descriptor >= 0 ? descriptor : -(int) ERRNO.get(state, 0L);
            } catch (Throwable e) {
                throw new IllegalStateException("open could not be called", e);
            }
        }

        long read(Path path, int descriptor, long address, long bytes, long position) throws IOException {
            return transfer(pread, "read", path, descriptor, address, bytes, position);
        }

        long write(Path path, int descriptor, long address, long bytes, long position) throws IOException {
            return transfer(pwrite, "written", path, descriptor, address, bytes, position);
        }

        private long transfer(
                MethodHandle call, String done, Path path, int descriptor, long address, long bytes, long position)
                throws IOException {
            MemorySegment state = STATES.get();
            while (true) {
                long count;
                try {
                    count = (long) call.invokeExact(state, descriptor, address, bytes, position);
                } catch (Throwable e) {
                    throw new IllegalStateException("the C library could not be called", e);
                }
                if (count >= 0) {
                    return count;
                }
                int error = (int) ERRNO.get(state, 0L);
                if (error != INTERRUPTED) {
                    throw new IOException(path + " could not be " + done + " at byte " + position + ": " + text(error));
                }
            }
        }

        @SuppressWarnings("restricted")
        private String text(int error) {
            try {
                MemorySegment text = (MemorySegment) strerror.invokeExact(error);
                return text.reinterpret(MAX_TEXT).getString(0);
            } catch (Throwable e) {
                return "error " + error + " of the system";
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
