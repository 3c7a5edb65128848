package dev.millrace.server.infer;

import dev.millrace.inference.Ranker;
import dev.millrace.inference.RankerCall;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.models.ranker.RankerSignature.Port;
import dev.millrace.runtime.Deadline;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Holds calls to a ranker's signature and runs them (thread-safe).
 *
 * <p>Calls run on platform threads of their own: ONNX Runtime would pin a virtual thread to its carrier. There are more of
 * them than cores, since it is the calls that wait in the batcher from which batches are made.
 */
public final class Inference implements AutoCloseable {
    private static final int THREADS = 64;
    private static final int WAITING = 1_024;

    private final ServedRankers rankers;
    private final Duration longest;
    private final ThreadPoolExecutor threads;

    /** @param longest what a call gets that names no timeout, and the most that one may name */
    public Inference(ServedRankers rankers, Duration longest) {
        this.rankers = rankers;
        this.longest = longest;
        this.threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING),
                Thread.ofPlatform().name("millrace-infer-", 0).daemon().factory());
        threads.allowCoreThreadTimeOut(true);
    }

    ServedRankers rankers() {
        return rankers;
    }

    /** @param version empty for the live one */
    CompletableFuture<InferenceAnswer> infer(String model, String version, InferenceCall call) {
        Duration given = call.timeout();
        Deadline deadline = Deadline.after(given.isZero() || given.compareTo(longest) > 0 ? longest : given);
        try {
            return CompletableFuture.supplyAsync(
                    () -> rankers.use(
                            model,
                            version,
                            (ranker, live) -> run(ranker, call, deadline).from(model, live, call)),
                    threads);
        } catch (RejectedExecutionException full) {
            return CompletableFuture.failedFuture(new MillraceException(
                    ErrorCode.OVERLOADED,
                    (THREADS + WAITING) + " inferences are under way or wait; try again in a moment",
                    full));
        }
    }

    /** Outputs before they have the names of who gave them. */
    private record Outputs(List<Tensor> tensors) {
        InferenceAnswer from(String model, String version, InferenceCall call) {
            return new InferenceAnswer(model, version, call.id(), tensors);
        }
    }

    private static Outputs run(Ranker ranker, InferenceCall call, Deadline deadline) {
        RankerSignature signature = ranker.signature();
        List<Tensor> inputs = ordered(signature.inputs(), call.inputs());
        int rows = rows(signature.inputs(), inputs);
        List<Port> wanted = wanted(signature.outputs(), call.outputs());
        try (RankerCall running = ranker.borrow()) {
            if (rows > running.maxRows()) {
                throw invalid(rows + " candidates are more than the " + running.maxRows()
                        + " of one call (inference.max-candidates); send them in parts");
            }
            for (int port = 0; port < inputs.size(); port++) {
                ByteBuffer bytes = inputs.get(port).bytes();
                running.input(port).put(0, bytes, bytes.position(), bytes.remaining());
            }
            running.run(rows, call.priority(), deadline);
            List<Tensor> outputs = new ArrayList<>();
            for (Port port : wanted) {
                outputs.add(output(port, running.output(signature.outputs().indexOf(port)), rows));
            }
            return new Outputs(outputs);
        }
    }

    private static Tensor output(Port port, ByteBuffer source, int rows) {
        byte[] bytes = new byte[rows * port.rowBytes()];
        source.get(0, bytes);
        List<Long> shape = new ArrayList<>();
        for (long axis : port.shape(rows)) {
            shape.add(axis);
        }
        return new Tensor(
                port.name(), port.type(), shape, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    /** The given inputs in the signature's order: each exactly once. */
    private static List<Tensor> ordered(List<Port> ports, List<Tensor> given) {
        List<Tensor> ordered = new ArrayList<>();
        for (Port port : ports) {
            List<Tensor> found = given.stream()
                    .filter(input -> input.name().equals(port.name()))
                    .toList();
            if (found.size() != 1) {
                throw invalid("input '" + port.name() + "' is given " + found.size() + " times; give each of "
                        + names(ports) + " once");
            }
            ordered.add(found.getFirst());
        }
        for (Tensor input : given) {
            if (ports.stream().noneMatch(port -> port.name().equals(input.name()))) {
                throw invalid("there is no input '" + input.name() + "'; give " + names(ports));
            }
        }
        return ordered;
    }

    private static int rows(List<Port> ports, List<Tensor> inputs) {
        long rows = -1;
        for (int i = 0; i < ports.size(); i++) {
            Port port = ports.get(i);
            Tensor input = inputs.get(i);
            requireFits(port, input);
            long own = input.shape().getFirst();
            if (rows >= 0 && own != rows) {
                throw invalid("input '" + input.name() + "' has " + own + " candidates, but '"
                        + inputs.getFirst().name() + "' has " + rows + "; give all inputs the same first axis");
            }
            rows = own;
        }
        return (int) rows;
    }

    private static void requireFits(Port port, Tensor input) {
        if (input.type() != port.type()) {
            throw invalid(
                    "input '" + input.name() + "' has the datatype " + input.type() + "; expected " + port.type());
        }
        List<Long> inner = port.row().stream().map(Integer::longValue).toList();
        long values = Tensor.values(input.shape());
        if (values < 0
                || input.shape().isEmpty()
                || !input.shape().subList(1, input.shape().size()).equals(inner)) {
            throw invalid("input '" + input.name() + "' has the shape " + input.shape() + "; expected [candidates"
                    + inner.stream().map(axis -> ", " + axis).collect(Collectors.joining()) + "]");
        }
        if (values * port.type().sizeBytes() != input.bytes().remaining()) {
            throw invalid("input '" + input.name() + "' has " + input.bytes().remaining() + " bytes; its shape "
                    + input.shape() + " of " + port.type() + " needs "
                    + values * port.type().sizeBytes());
        }
    }

    private static List<Port> wanted(List<Port> ports, List<String> names) {
        if (names.isEmpty()) {
            return ports;
        }
        List<Port> wanted = new ArrayList<>();
        Set<String> distinct = new LinkedHashSet<>(names);
        for (String name : distinct) {
            wanted.add(ports.stream()
                    .filter(port -> port.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> invalid("there is no output '" + name + "'; there are " + names(ports))));
        }
        return wanted;
    }

    private static List<String> names(List<Port> ports) {
        return ports.stream().map(Port::name).toList();
    }

    static MillraceException invalid(String problem) {
        return new MillraceException(ErrorCode.INVALID_REQUEST, problem);
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
