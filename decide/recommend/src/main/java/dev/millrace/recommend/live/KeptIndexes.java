package dev.millrace.recommend.live;

import dev.millrace.features.Catalog;
import dev.millrace.index.Progress;
import dev.millrace.index.VectorIndex;
import dev.millrace.index.VectorIndexConfig;
import dev.millrace.index.VectorSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The vector indexes on disk, a directory per model version, so that a restart opens what took minutes to build.
 *
 * <p>An index is used again only if its seal says that it was finished and that each ordinal in it still names the item
 * that it named then; anything else is built anew. Used by the one thread that loads models.
 */
final class KeptIndexes {
    private static final Logger log = LoggerFactory.getLogger(KeptIndexes.class);
    private static final String SEAL = "seal";
    /** The live version and the one before it. */
    private static final int KEPT = 2;

    private final Path root;
    private final VectorIndexConfig config;
    private final Catalog catalog;

    KeptIndexes(Path root, VectorIndexConfig config, Catalog catalog) {
        this.root = root;
        this.config = config;
        this.catalog = catalog;
    }

    /** Opens the version's index and adds the rows that it lacks, or builds and keeps it. */
    VectorIndex openOrBuild(String version, int dimension, int rows, VectorSource source, Progress progress)
            throws IOException {
        Path directory = root.resolve(version);
        VectorIndex kept = open(directory, dimension);
        if (kept != null) {
            addMissing(kept, dimension, rows, source);
            return kept;
        }
        delete(directory);
        Files.createDirectories(directory);
        VectorIndex built = VectorIndex.build(dimension, rows, source, config.withDirectory(directory), progress);
        Files.writeString(directory.resolve(SEAL), seal(built));
        forgetOldest();
        return built;
    }

    private @Nullable VectorIndex open(Path directory, int dimension) {
        Path seal = directory.resolve(SEAL);
        if (!Files.exists(seal)) {
            return null;
        }
        VectorIndex index = null;
        try {
            index = VectorIndex.open(dimension, config.withDirectory(directory));
            if (Files.readString(seal).equals(seal(index))) {
                Files.setLastModifiedTime(directory, FileTime.fromMillis(System.currentTimeMillis()));
                return index;
            }
            log.warn("the index in {} was built for other items; it is built anew", directory);
        } catch (IOException | RuntimeException e) {
            log.warn("the index in {} cannot be used; it is built anew", directory, e);
        }
        if (index != null) {
            index.close();
        }
        return null;
    }

    private static void addMissing(VectorIndex index, int dimension, int rows, VectorSource source) {
        float[] vector = new float[dimension];
        for (int row = 0; row < rows; row++) {
            int ordinal = source.ordinal(row);
            if (!index.contains(ordinal)) {
                source.vector(row, vector);
                index.add(ordinal, vector);
            }
        }
    }

    /** What an index holds: how many vectors, and a checksum of the items' ids with their ordinals. */
    private String seal(VectorIndex index) {
        CRC32C checksum = new CRC32C();
        for (int ordinal = 0; ordinal < catalog.size(); ordinal++) {
            if (index.contains(ordinal)) {
                checksum.update((ordinal + " " + catalog.id(ordinal) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        return index.size() + " vectors, items " + Long.toHexString(checksum.getValue()) + "\n";
    }

    private void forgetOldest() throws IOException {
        List<Path> newestFirst;
        try (Stream<Path> versions = Files.list(root)) {
            newestFirst = versions.sorted(
                            Comparator.comparing(KeptIndexes::lastUsed).reversed())
                    .toList();
        }
        for (Path version : newestFirst.subList(Math.min(KEPT, newestFirst.size()), newestFirst.size())) {
            delete(version);
        }
    }

    private static FileTime lastUsed(Path directory) {
        try {
            return Files.getLastModifiedTime(directory);
        } catch (IOException gone) {
            return FileTime.fromMillis(0);
        }
    }

    /** The seal first: what is half deleted must not look finished. */
    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.deleteIfExists(directory.resolve(SEAL));
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
