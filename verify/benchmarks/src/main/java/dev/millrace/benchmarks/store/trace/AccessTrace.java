package dev.millrace.benchmarks.store.trace;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * Recorded accesses, each a key from 0. Immutable.
 *
 * @param accesses not to be changed
 */
public record AccessTrace(String name, int[] accesses, int keys) {
    /**
     * Reads a file by its ending: {@code .trace.xz} of little-endian 32-bit keys, {@code .gz} of big-endian 64-bit keys,
     * {@code .lis.zst} of lines that begin with a first page and a count of pages. The programs xz and zstd must be there.
     */
    public static AccessTrace read(Path file) throws IOException {
        String name = file.getFileName().toString();
        Numbering numbering = new Numbering();
        if (name.endsWith(".xz")) {
            readThrough("xz", file, in -> readInts(in, numbering));
        } else if (name.endsWith(".zst")) {
            readThrough("zstd", file, in -> readPageRanges(in, numbering));
        } else if (name.endsWith(".gz")) {
            try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
                readLongs(in, numbering);
            }
        } else {
            throw new IOException("'" + name + "' is not a trace; its name must end with .xz, .zst or .gz");
        }
        return numbering.trace(name);
    }

    /** Whether a file is one that {@link #read} reads, by its name. */
    public static boolean isTrace(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".xz") || name.endsWith(".zst") || name.endsWith(".gz");
    }

    private interface Reading {
        void read(InputStream in) throws IOException;
    }

    private static void readThrough(String program, Path file, Reading reading) throws IOException {
        Process process = new ProcessBuilder(program, "-dc", file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (InputStream in = process.getInputStream()) {
            reading.read(in);
        } finally {
            process.destroy();
        }
    }

    private static void readInts(InputStream in, Numbering numbering) throws IOException {
        DataInputStream from = new DataInputStream(new BufferedInputStream(in, 1 << 16));
        try {
            while (true) {
                numbering.add(Integer.reverseBytes(from.readInt()));
            }
        } catch (EOFException end) {
            // The format has no count.
        }
    }

    private static void readLongs(InputStream in, Numbering numbering) throws IOException {
        DataInputStream from = new DataInputStream(new BufferedInputStream(in, 1 << 16));
        try {
            while (true) {
                numbering.add(from.readLong());
            }
        } catch (EOFException end) {
            // The format has no count.
        }
    }

    private static void readPageRanges(InputStream in, Numbering numbering) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, US_ASCII));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] fields = line.strip().split("\\s+");
            long first = Long.parseLong(fields[0]);
            int count = Integer.parseInt(fields[1]);
            for (int i = 0; i < count; i++) {
                numbering.add(first + i);
            }
        }
    }

    /** Gives each key the next number. */
    private static final class Numbering {
        private final Map<Long, Integer> numbers = new HashMap<>();
        private int[] accesses = new int[1 << 16];
        private int count;

        void add(long key) {
            Integer number = numbers.get(key);
            if (number == null) {
                number = numbers.size();
                numbers.put(key, number);
            }
            if (count == accesses.length) {
                accesses = Arrays.copyOf(accesses, count * 2);
            }
            accesses[count++] = number;
        }

        AccessTrace trace(String name) {
            return new AccessTrace(name, Arrays.copyOf(accesses, count), numbers.size());
        }
    }
}
