package dev.millrace.models.ranker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An ONNX file of unknown origin, looked at before any runtime reads it (stateless).
 *
 * <p>Walks the protobuf fields that can hold tensors – the graph's constants, the nodes' attributes, their subgraphs – and
 * refuses weights that lie in other files: a bundle is one file, and a path in a stranger's file must not be followed.
 */
public final class GraphFile {
    /** A ranker beyond this is no ranker. */
    public static final long MAX_BYTES = 1L << 30;

    private static final int MAX_DEPTH = 32;
    private static final int EXTERNAL = 1;

    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_CONSTANT = 5;
    private static final int NODE_ATTRIBUTE = 5;
    private static final int ATTRIBUTE_TENSOR = 5;
    private static final int ATTRIBUTE_GRAPH = 6;
    private static final int ATTRIBUTE_TENSORS = 10;
    private static final int ATTRIBUTE_GRAPHS = 11;
    private static final int TENSOR_LOCATION = 14;

    private final ByteBuffer bytes;
    private boolean graphFound;

    private GraphFile(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** What a length-delimited field holds, as far as weights can lie in it. */
    private enum Part {
        MODEL,
        GRAPH,
        NODE,
        ATTRIBUTE,
        TENSOR,
        OTHER;

        Part within(int field) {
            return switch (this) {
                case MODEL -> field == MODEL_GRAPH ? GRAPH : OTHER;
                case GRAPH -> field == GRAPH_NODE ? NODE : field == GRAPH_CONSTANT ? TENSOR : OTHER;
                case NODE -> field == NODE_ATTRIBUTE ? ATTRIBUTE : OTHER;
                case ATTRIBUTE ->
                    switch (field) {
                        case ATTRIBUTE_TENSOR, ATTRIBUTE_TENSORS -> TENSOR;
                        case ATTRIBUTE_GRAPH, ATTRIBUTE_GRAPHS -> GRAPH;
                        default -> OTHER;
                    };
                case TENSOR, OTHER -> OTHER;
            };
        }
    }

    /** @throws IOException naming what is wrong with the file, and what to do */
    public static void requireWhole(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is no file; give an ONNX model");
        }
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new IOException(file + " has " + size + " bytes; a ranker has at most " + MAX_BYTES);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            GraphFile graph = new GraphFile(channel.map(FileChannel.MapMode.READ_ONLY, 0, size));
            graph.walk(Part.MODEL, (int) size, 0);
            if (!graph.graphFound) {
                throw new MalformedGraphException("it holds no graph");
            }
        } catch (MalformedGraphException e) {
            throw new IOException(file + " is no ONNX model that can be taken: " + e.getMessage(), e);
        }
    }

    private void walk(Part part, int end, int depth) throws MalformedGraphException {
        if (depth > MAX_DEPTH) {
            throw new MalformedGraphException("its graphs are nested deeper than " + MAX_DEPTH + " levels");
        }
        while (bytes.position() < end) {
            long tag = varint(end);
            int field = (int) (tag >>> 3);
            switch ((int) tag & 7) {
                case 0 -> requireInside(part, field, varint(end));
                case 1 -> skip(8, end);
                case 2 -> {
                    long length = varint(end);
                    if (length < 0 || length > end - bytes.position()) {
                        throw new MalformedGraphException(
                                "field " + field + " at byte " + bytes.position() + " has the length " + length
                                        + ", which reaches beyond its message; it is cut or damaged");
                    }
                    enter(part.within(field), bytes.position() + (int) length, depth);
                }
                case 5 -> skip(4, end);
                default ->
                    throw new MalformedGraphException("byte " + bytes.position()
                            + " begins no protobuf field; it is damaged, or of another format");
            }
        }
    }

    private void enter(Part part, int end, int depth) throws MalformedGraphException {
        graphFound |= part == Part.GRAPH;
        if (part == Part.OTHER) {
            bytes.position(end);
        } else {
            walk(part, end, depth + 1);
        }
    }

    private static void requireInside(Part part, int field, long value) throws MalformedGraphException {
        if (part == Part.TENSOR && field == TENSOR_LOCATION && value == EXTERNAL) {
            throw new MalformedGraphException("its weights lie in another file (external data); export it as one file");
        }
    }

    private void skip(int count, int end) throws MalformedGraphException {
        if (count > end - bytes.position()) {
            throw new MalformedGraphException("it ends in the middle of a field; it is cut");
        }
        bytes.position(bytes.position() + count);
    }

    private long varint(int end) throws MalformedGraphException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (bytes.position() >= end) {
                throw new MalformedGraphException("it ends in the middle of a number; it is cut");
            }
            byte next = bytes.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedGraphException(
                "byte " + bytes.position() + " ends a number of more than 64 bits; it is damaged");
    }

    /** Why a file is not taken. */
    private static final class MalformedGraphException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedGraphException(String problem) {
            super(problem);
        }
    }
}
