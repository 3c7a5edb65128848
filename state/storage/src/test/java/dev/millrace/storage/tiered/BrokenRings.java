package dev.millrace.storage.tiered;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Breaks the io_uring rings of this process that were opened after this was made: the system's number of each becomes that of
 * {@code /dev/null}, so that the next call for it fails while reads of before go on.
 */
final class BrokenRings {
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");
    private static final int READ_WRITE = 2;

    private final Set<Integer> before = new HashSet<>(rings());

    /** How many are open. */
    int open() {
        return since().size();
    }

    /** @return how many were broken */
    int breakAll() {
        List<Integer> rings = since();
        try (Arena arena = Arena.ofConfined()) {
            int nothing =
                    (int) function("open", ValueLayout.ADDRESS).invoke(arena.allocateFrom("/dev/null"), READ_WRITE);
            for (int ring : rings) {
                int now = (int) function("dup2", ValueLayout.JAVA_INT).invoke(nothing, ring);
                if (now != ring) {
                    throw new AssertionError("ring " + ring + " could not be broken");
                }
            }
            int ignored = (int) function("close").invoke(nothing);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        return rings.size();
    }

    /** One that takes an int behind the given first parameter, or an int alone. */
    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, ValueLayout... first) {
        SymbolLookup c = Linker.nativeLinker().defaultLookup();
        FunctionDescriptor type =
                FunctionDescriptor.of(ValueLayout.JAVA_INT, first).appendArgumentLayouts(ValueLayout.JAVA_INT);
        return Linker.nativeLinker().downcallHandle(c.findOrThrow(name), type);
    }

    private List<Integer> since() {
        List<Integer> rings = rings();
        rings.removeAll(before);
        return rings;
    }

    private static List<Integer> rings() {
        List<Integer> rings = new ArrayList<>();
        try (Stream<Path> open = Files.list(OPEN_FILES)) {
            for (Path file : open.toList()) {
                if (isRing(file)) {
                    rings.add(Integer.parseInt(file.getFileName().toString()));
                }
            }
            return rings;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isRing(Path file) {
        try {
            return Files.readSymbolicLink(file).toString().contains("[io_uring]");
        } catch (IOException e) {
            // It was closed meanwhile.
            return false;
        }
    }
}
