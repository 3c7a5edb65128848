package dev.millrace.inference;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.models.ranker.PortType;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.models.ranker.RankerSignature.Port;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The reused tensors of a ranker for up to so many candidates (owned by whoever borrowed it).
 *
 * <p>Candidates are run in tiles of {@value #TILE_ROWS}: the rows between the last candidate and the tile's end are run too
 * and ignored. The tile is what makes a score independent of its batch to the last bit: the runtime's matrix kernels sum a
 * single row in another order than a row among others, and with tiles there is never a single row. It also bounds the
 * number of shapes, so that each has its tensors ready.
 */
final class RankerBuffers implements AutoCloseable {
    static final int TILE_ROWS = 4;

    private final RuntimeSession session;
    private final RankerSignature signature;
    private final int maxRows;
    private final List<ByteBuffer> inputs = new ArrayList<>();
    private final List<ByteBuffer> outputs = new ArrayList<>();
    private final @Nullable View[] views;

    /** The tensors over the first rows of the buffers. */
    private record View(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {}

    RankerBuffers(RuntimeSession session, RankerSignature signature, int maxRows) {
        int tiles = tiles(maxRows);
        this.session = session;
        this.signature = signature;
        this.maxRows = maxRows;
        this.views = new @Nullable View[tiles];
        signature.inputs().forEach(port -> inputs.add(buffer(port, tiles)));
        signature.outputs().forEach(port -> outputs.add(buffer(port, tiles)));
    }

    private static ByteBuffer buffer(Port port, int tiles) {
        return EncoderSlot.direct(Math.multiplyExact(tiles * TILE_ROWS, port.rowBytes()));
    }

    private static int tiles(int rows) {
        return (rows + TILE_ROWS - 1) / TILE_ROWS;
    }

    int maxRows() {
        return maxRows;
    }

    ByteBuffer input(int port) {
        return inputs.get(port);
    }

    ByteBuffer output(int port) {
        return outputs.get(port);
    }

    /** Runs the first {@code rows} rows, at least one. */
    void run(int rows) {
        int tile = tiles(rows) - 1;
        View view = views[tile];
        if (view == null) {
            view = view((tile + 1) * TILE_ROWS);
            views[tile] = view;
        }
        session.run(view.inputs, view.outputs);
    }

    /** Copies {@code rows} rows of every input from the start of another call's buffers. */
    void takeInputs(RankerBuffers from, int rows, int at) {
        for (int port = 0; port < inputs.size(); port++) {
            int bytes = signature.inputs().get(port).rowBytes();
            inputs.get(port).put(at * bytes, from.inputs.get(port), 0, rows * bytes);
        }
    }

    /** Copies {@code rows} rows of every output to the start of another call's buffers. */
    void giveOutputs(RankerBuffers to, int rows, int at) {
        for (int port = 0; port < outputs.size(); port++) {
            int bytes = signature.outputs().get(port).rowBytes();
            to.outputs.get(port).put(0, outputs.get(port), at * bytes, rows * bytes);
        }
    }

    private View view(int rows) {
        try {
            return new View(tensors(signature.inputs(), inputs, rows), tensors(signature.outputs(), outputs, rows));
        } catch (OrtException e) {
            throw new IllegalStateException("tensors of " + rows + " rows cannot be made: " + e.getMessage(), e);
        }
    }

    private Map<String, OnnxTensor> tensors(List<Port> ports, List<ByteBuffer> buffers, int rows) throws OrtException {
        Map<String, OnnxTensor> tensors = new HashMap<>();
        for (int i = 0; i < ports.size(); i++) {
            Port port = ports.get(i);
            ByteBuffer whole = buffers.get(i);
            ByteBuffer first = whole.slice(0, rows * port.rowBytes()).order(whole.order());
            tensors.put(
                    port.name(),
                    OnnxTensor.createTensor(session.environment(), first, port.shape(rows), javaType(port.type())));
        }
        return Map.copyOf(tensors);
    }

    static OnnxJavaType javaType(PortType type) {
        return switch (type) {
            case FP32 -> OnnxJavaType.FLOAT;
            case FP64 -> OnnxJavaType.DOUBLE;
            case INT64 -> OnnxJavaType.INT64;
            case INT32 -> OnnxJavaType.INT32;
            case INT8 -> OnnxJavaType.INT8;
            case UINT8 -> OnnxJavaType.UINT8;
            case BOOL -> OnnxJavaType.BOOL;
        };
    }

    @Override
    public void close() {
        for (View view : views) {
            if (view != null) {
                view.inputs.values().forEach(OnnxTensor::close);
                view.outputs.values().forEach(OnnxTensor::close);
            }
        }
    }
}
