package dev.millrace.models;

import dev.millrace.models.onnx.OnnxWriter;

import java.io.BufferedOutputStream;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes bundles (stateless). The manifest comes last: a directory without one is an unfinished bundle. */
public final class BundleWriter {
    private static final int PIECE_BYTES = 256 * 1024;

    private BundleWriter() {}

    /**
     * Writes {@code content} into {@code directory}, which must be new or empty, forces it to the disk, and opens it.
     */
    public static Bundle write(Path directory, BundleContent content) throws IOException {
        Files.createDirectories(directory);
        requireEmpty(directory);
        OnnxWriter.write(content.graphs().encoder(), directory.resolve(Bundle.ENCODER));
        OnnxWriter.write(content.graphs().scorer(), directory.resolve(Bundle.SCORER));
        writeItems(directory.resolve(Bundle.ITEMS), content.vocabulary());
        writeVectors(directory.resolve(content.vectors().encoding().file()), content.vectors());
        writeCurve(directory.resolve(Bundle.CURVE), content.evidence().curve());
        writeManifest(directory, content);
        DurableFiles.forceDirectory(directory);
        return Bundle.open(directory);
    }

    static void requireEmpty(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            var first = files.findFirst();
            if (first.isPresent()) {
                throw new IOException("cannot write a bundle to " + directory + ": it already holds "
                        + first.get().getFileName() + "; give a new or empty directory");
            }
        }
    }

    static void writeItems(Path file, Vocabulary vocabulary) throws IOException {
        writeLines(file, writer -> {
            for (int i = 0; i < vocabulary.size(); i++) {
                writer.write(BundleJson.quoted(vocabulary.item(i).value()));
                writer.write('\n');
            }
        });
    }

    private static void writeCurve(Path file, List<CurvePoint> curve) throws IOException {
        writeLines(file, writer -> {
            for (CurvePoint point : curve) {
                writer.write(BundleJson.line(point));
                writer.write('\n');
            }
        });
    }

    static void writeVectors(Path file, ItemVectors vectors) throws IOException {
        float[] row = new float[vectors.dimension()];
        VectorEncoding encoding = vectors.encoding();
        ByteBuffer encoded = ByteBuffer.allocate(Math.toIntExact(encoding.rowBytes(row.length)));
        try (FileChannel channel = newFile(file)) {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), PIECE_BYTES);
            for (int item = 0; item < vectors.count(); item++) {
                vectors.read(item, row);
                encoding.write(row, encoded);
                out.write(encoded.array());
            }
            out.flush();
            channel.force(true);
        }
    }

    private static void writeManifest(Path directory, BundleContent content) throws IOException {
        SortedMap<String, BundleManifest.FileDigest> files = new TreeMap<>();
        String vectors = content.vectors().encoding().file();
        for (String name : List.of(Bundle.ENCODER, Bundle.SCORER, Bundle.ITEMS, vectors, Bundle.CURVE)) {
            files.put(name, DurableFiles.digest(directory.resolve(name)));
        }
        writeManifest(
                directory,
                new BundleManifest(
                        Bundle.SCHEMA,
                        "",
                        content.created(),
                        content.kind(),
                        new BundleManifest.Shape(
                                content.vectors().dimension(),
                                content.historyLength(),
                                content.vocabulary().size()),
                        new BundleManifest.Facts(
                                new TreeMap<>(content.evidence().metrics()),
                                new TreeMap<>(content.evidence().lineage()),
                                new TreeMap<>(content.evidence().features()),
                                content.evidence().parents()),
                        files));
    }

    static void writeManifest(Path directory, BundleManifest content) throws IOException {
        DurableFiles.write(directory.resolve(Bundle.MANIFEST), BundleJson.manifest(content));
    }

    private interface Lines {
        void writeTo(BufferedWriter writer) throws IOException;
    }

    private static void writeLines(Path file, Lines lines) throws IOException {
        try (FileChannel channel = newFile(file)) {
            BufferedWriter writer =
                    new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8), PIECE_BYTES);
            lines.writeTo(writer);
            writer.flush();
            channel.force(true);
        }
    }

    private static FileChannel newFile(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }
}
