package dev.millrace.kernels;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The NUMA nodes of a machine, each a part of its memory that is nearer to some of its processors. Immutable.
 *
 * @param online numbers of the nodes that the system runs, ascending
 * @param whole those of them that have memory and processors: memory without any (CXL, persistent memory that is used as such) is
 *     slower than the rest, and processors without any hold nothing
 */
public record NumaTopology(List<Integer> online, List<Integer> whole) {
    /** Where Linux describes them, from the root of the file system. */
    public static final String FOLDER = "sys/devices/system/node";

    /** More than Linux has; a node's number is below. */
    static final int MAX_NODES = 1024;

    private static final NumaTopology ONE = new NumaTopology(List.of(0), List.of(0));
    private static final Pattern RANGE = Pattern.compile("(\\d{1,4})(?:-(\\d{1,4}))?");
    private static final int SHOWN = 80;

    public NumaTopology {
        online = List.copyOf(online);
        whole = List.copyOf(whole);
    }

    /**
     * Reads what the system tells of its nodes.
     *
     * @param root {@code /} but in tests
     * @return one node where it tells nothing, as systems without NUMA do
     * @throws IOException where what it tells cannot be understood
     */
    public static NumaTopology read(Path root) throws IOException {
        Path folder = root.resolve(FOLDER);
        Path running = folder.resolve("online");
        if (!Files.exists(running)) {
            return ONE;
        }
        List<Integer> online = nodes(running);
        if (online.isEmpty()) {
            throw new IOException(running + " names no node; expected such as 0-1");
        }
        List<Integer> whole = new ArrayList<>(online);
        for (String having : new String[] {"has_memory", "has_cpu"}) {
            Path file = folder.resolve(having);
            if (Files.exists(file)) {
                whole.retainAll(nodes(file));
            }
        }
        return new NumaTopology(online, whole);
    }

    /** The numbers in a file of the form {@code 0-1,3}. */
    private static List<Integer> nodes(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        BitSet nodes = new BitSet();
        for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part);
            int from = range.matches() ? Integer.parseInt(range.group(1)) : MAX_NODES;
            int to = from == MAX_NODES || range.group(2) == null ? from : Integer.parseInt(range.group(2));
            if (from > to || to >= MAX_NODES) {
                throw new IOException(file + " says '" + text.substring(0, Math.min(SHOWN, text.length()))
                        + "'; expected numbers of nodes below " + MAX_NODES + ", such as 0-1,3");
            }
            nodes.set(from, to + 1);
        }
        return nodes.stream().boxed().toList();
    }
}
