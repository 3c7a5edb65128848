package dev.millrace.inference;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.millrace.inference.watch.WatchedRun;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxWriter;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A graph loaded into ONNX Runtime (thread-safe: callers run it at the same time, each with tensors of its own).
 *
 * <p>Threads are those of the {@link SharedRuntime}: by default none but the caller's own.
 */
final class RuntimeSession implements AutoCloseable {
    /** A dimension that a graph leaves open. */
    static final long ANY = -1;

    private final Path file;
    private final OrtEnvironment environment;
    private final OrtSession session;

    private RuntimeSession(Path file, OrtEnvironment environment, OrtSession session) {
        this.file = file;
        this.environment = environment;
        this.session = session;
    }

    static RuntimeSession load(Path file, DeviceConfig device) throws IOException {
        return load(file, device, (environment, options) -> environment.createSession(file.toString(), options));
    }

    /** @param origin the file that the graph was made from, for messages */
    static RuntimeSession load(OnnxGraph graph, Path origin, DeviceConfig device) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        OnnxWriter.write(graph, Channels.newChannel(bytes));
        return load(origin, device, (environment, options) -> environment.createSession(bytes.toByteArray(), options));
    }

    private static RuntimeSession load(Path file, DeviceConfig device, Opening opening) throws IOException {
        SharedRuntime runtime = SharedRuntime.open(device.threads());
        try (OrtSession.SessionOptions options = runtime.options()) {
            device.provider().addTo(options, device.index());
            return new RuntimeSession(file, runtime.environment(), opening.open(runtime.environment(), options));
        } catch (OrtException e) {
            throw new IOException("ONNX Runtime cannot load " + file + ": " + e.getMessage(), e);
        }
    }

    /** Makes a session of wherever the graph is. */
    private interface Opening {
        OrtSession open(OrtEnvironment environment, OrtSession.SessionOptions options) throws OrtException;
    }

    OrtEnvironment environment() {
        return environment;
    }

    /** Refuses a graph whose only inputs and outputs are not these, by name, element type and shape. */
    void require(Map<String, TensorShape> inputs, Map<String, TensorShape> outputs) throws IOException {
        try {
            requirePorts("inputs", inputs, session.getInputInfo());
            requirePorts("outputs", outputs, session.getOutputInfo());
        } catch (OrtException e) {
            throw new IOException("ONNX Runtime cannot describe " + file + ": " + e.getMessage(), e);
        }
    }

    /** The graph's inputs by name, as it declares them; an input that is no tensor has none. */
    Map<String, TensorShape> inputs() throws IOException {
        return shapes(true);
    }

    /** The graph's outputs by name, as it declares them; an output that is no tensor has none. */
    Map<String, TensorShape> outputs() throws IOException {
        return shapes(false);
    }

    private Map<String, TensorShape> shapes(boolean inputs) throws IOException {
        try {
            Map<String, TensorShape> shapes = new TreeMap<>();
            for (NodeInfo node : (inputs ? session.getInputInfo() : session.getOutputInfo()).values()) {
                shapes.put(
                        node.getName(),
                        node.getInfo() instanceof TensorInfo tensor
                                ? new TensorShape(tensor.type, tensor.getShape())
                                : TensorShape.NO_TENSOR);
            }
            return shapes;
        } catch (OrtException e) {
            throw new IOException("ONNX Runtime cannot describe " + file + ": " + e.getMessage(), e);
        }
    }

    /** Runs the graph; the outputs are written where {@code outputs} point to. */
    void run(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {
        try {
            session.run(inputs, outputs).close(); // pinned outputs are ours: the result owns nothing
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    /**
     * The same, until a deadline: then the run is ended, and after it none is begun.
     *
     * @throws MillraceException DEADLINE_EXCEEDED where it was ended, or not begun
     */
    void run(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs, WatchedRun watched, Deadline deadline) {
        requireTime(deadline);
        watched.begin(deadline);
        OrtException failure = null;
        boolean told;
        try {
            session.run(inputs, Set.of(), outputs, watched.options()).close();
        } catch (OrtException e) {
            failure = e;
        } finally {
            told = watched.end(deadline); // whatever was thrown: else the watch ends a run that comes later
        }
        if (failure != null && told) {
            throw new MillraceException(
                    ErrorCode.DEADLINE_EXCEEDED,
                    "a run of " + file + " was ended, since its time had passed; a model that always takes so long"
                            + " wants a longer deadline, or less work",
                    failure);
        }
        if (failure != null) {
            throw failed(failure);
        }
    }

    private void requireTime(Deadline deadline) {
        if (deadline.isExpired()) {
            throw new MillraceException(
                    ErrorCode.DEADLINE_EXCEEDED,
                    "a run of " + file + " was not begun, since its time had passed; ask for a longer deadline");
        }
    }

    private MillraceException failed(OrtException e) {
        return new MillraceException(ErrorCode.INTERNAL, "running " + file + " failed: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new MillraceException(ErrorCode.INTERNAL, "closing " + file + " failed: " + e.getMessage(), e);
        }
    }

    private void requirePorts(String side, Map<String, TensorShape> expected, Map<String, NodeInfo> actual)
            throws IOException {
        if (!actual.keySet().equals(expected.keySet())) {
            throw new IOException(
                    file + " has the " + side + " " + actual.keySet() + "; expected " + expected.keySet());
        }
        // By name, so that the same damage always gives the same message.
        for (Map.Entry<String, TensorShape> port : new TreeMap<>(expected).entrySet()) {
            String found = describe(actual.get(port.getKey()));
            if (!found.equals(port.getValue().toString())) {
                throw new IOException(file + ": '" + port.getKey() + "' is " + found + "; expected " + port.getValue());
            }
        }
    }

    private static String describe(@Nullable NodeInfo node) {
        return node != null && node.getInfo() instanceof TensorInfo tensor
                ? new TensorShape(tensor.type, tensor.getShape()).toString()
                : "no tensor";
    }

    /** An element type and a shape, in which {@link #ANY} stands for an open dimension. */
    @SuppressWarnings("ArrayRecordComponent") // compared by its text alone
    record TensorShape(OnnxJavaType type, long... shape) {
        /** Stands for a sequence, a map, or whatever else is no tensor. */
        static final TensorShape NO_TENSOR = new TensorShape(OnnxJavaType.UNKNOWN);

        @Override
        public String toString() {
            return type + Arrays.toString(shape);
        }
    }
}
