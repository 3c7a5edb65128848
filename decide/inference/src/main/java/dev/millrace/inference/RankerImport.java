package dev.millrace.inference;

import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.RankerBundle;
import dev.millrace.models.Registry;
import dev.millrace.models.ranker.GraphFile;
import dev.millrace.models.ranker.PortType;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.models.ranker.RankerSignature.Port;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Takes rankers made elsewhere into a registry, once they keep what their signature promises (stateless).
 *
 * <p>Beside names, types and shapes, a trial run shows that a candidate's scores do not depend on the others of its batch:
 * only then may the engine join requests.
 */
public final class RankerImport {
    /** As many as fill some tiles and leave one half full. */
    private static final int TRIAL_ROWS = 4 * RankerBuffers.TILE_ROWS + 2;

    private static final double ROUNDING = 1e-5;
    private static final long SEED = 20_261_127;

    private RankerImport() {}

    /**
     * Verifies a graph and publishes it as a bundle; it is not live yet.
     *
     * @throws IOException saying what the graph lacks
     * @throws IllegalArgumentException for a name that cannot be used
     */
    public static Bundle publish(Registry registry, Path graph, String name, RankerSignature signature)
            throws IOException {
        RankerBundle.requireName(name);
        GraphFile.requireWhole(graph);
        Path work = Files.createTempDirectory("millrace-ranker");
        try {
            String file = String.valueOf(graph.getFileName());
            Path bundle = work.resolve("bundle");
            RankerBundle.write(bundle, graph, name, signature, Map.of("importedFrom", file));
            RankerBundle written = RankerBundle.of(Bundle.open(bundle));
            try (Ranker ranker = Ranker.load(written.graph(), signature, InferenceConfig.of(TRIAL_ROWS, 1))) {
                requireIsolated(ranker, file);
            }
            return registry.publish(bundle);
        } finally {
            delete(work);
        }
    }

    private static void requireIsolated(Ranker ranker, String file) throws IOException {
        byte[][] together = scores(ranker, 0, TRIAL_ROWS);
        for (int row : new int[] {0, 1, RankerBuffers.TILE_ROWS, TRIAL_ROWS - 1}) {
            byte[][] alone = scores(ranker, row, 1);
            for (int port = 0; port < alone.length; port++) {
                int bytes = alone[port].length;
                Port output = ranker.signature().outputs().get(port);
                ByteBuffer among = ByteBuffer.wrap(together[port], row * bytes, bytes);
                if (!isSame(output.type(), ByteBuffer.wrap(alone[port]), among.slice())) {
                    throw new IOException(file + ": the output '"
                            + output.name()
                            + "' of a candidate changes with the other candidates of its batch; a ranker must score each"
                            + " by itself, with a first axis that is the candidates' in every input and output");
                }
            }
        }
    }

    /** Rounding is forgiven: some operators sum in another order when there are more rows. */
    private static boolean isSame(PortType type, ByteBuffer alone, ByteBuffer among) {
        alone.order(ByteOrder.nativeOrder());
        among.order(ByteOrder.nativeOrder());
        if (type != PortType.FP32 && type != PortType.FP64) {
            return alone.equals(among);
        }
        while (alone.hasRemaining()) {
            double one = type == PortType.FP32 ? alone.getFloat() : alone.getDouble();
            double other = type == PortType.FP32 ? among.getFloat() : among.getDouble();
            boolean near = Math.abs(one - other) <= ROUNDING * Math.max(1, Math.abs(one));
            if (!near && Double.compare(one, other) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The outputs of the trial's rows {@code from} to {@code from + count}. */
    private static byte[][] scores(Ranker ranker, int from, int count) throws IOException {
        List<Port> outputs = ranker.signature().outputs();
        byte[][] scores = new byte[outputs.size()][];
        try (RankerCall call = ranker.borrow()) {
            fill(ranker.signature().inputs(), call, from, count);
            call.run(count, Priority.INTERACTIVE, Deadline.none());
            for (int port = 0; port < scores.length; port++) {
                scores[port] = new byte[count * outputs.get(port).rowBytes()];
                call.output(port).get(0, scores[port]);
            }
            return scores;
        } catch (MillraceException e) {
            throw new IOException("the trial run of " + count + " candidates failed: " + e.getMessage(), e);
        }
    }

    /** Small values: whole numbers may be rows of a table inside the graph. */
    private static void fill(List<Port> ports, RankerCall call, int from, int count) {
        for (int i = 0; i < ports.size(); i++) {
            Port port = ports.get(i);
            ByteBuffer input = call.input(i);
            for (int row = 0; row < count; row++) {
                SplittableRandom random = new SplittableRandom(SEED + 31L * i + from + row);
                for (int value = 0; value < port.rowValues(); value++) {
                    put(input, row * port.rowBytes() + value * port.type().sizeBytes(), port, random);
                }
            }
        }
    }

    private static void put(ByteBuffer input, int at, Port port, SplittableRandom random) {
        switch (port.type()) {
            case FP32 -> input.putFloat(at, (float) random.nextGaussian());
            case FP64 -> input.putDouble(at, random.nextGaussian());
            case INT64 -> input.putLong(at, random.nextInt(2));
            case INT32 -> input.putInt(at, random.nextInt(2));
            case INT8, UINT8, BOOL -> input.put(at, (byte) random.nextInt(2));
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> files = Files.walk(folder)) {
            deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : deepestFirst) {
            Files.delete(file);
        }
    }
}
