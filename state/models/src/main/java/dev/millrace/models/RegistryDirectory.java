package dev.millrace.models;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The registry's files (thread-safe).
 *
 * <pre>
 * ROOT/bundles/VERSION/   complete bundles only: each arrives by one rename
 * ROOT/incoming/UUID/     copies under way; a crash leaves one here, the next writer deletes it
 * ROOT/LIVE               the live version, then the one before it; replaced by one rename
 * ROOT/lock               held by the one process that writes
 * </pre>
 *
 * <p>Readers take no lock: they see a rename done or not done. Writers are serialised by the lock.
 */
final class RegistryDirectory {
    private static final Pattern VERSION = Pattern.compile("[0-9a-f]{20}");

    private final Path bundles;
    private final Path incoming;
    private final Path pointer;
    private final RegistryLock lock;
    private final Path root;

    RegistryDirectory(Path root) throws IOException {
        this.root = root;
        this.bundles = Files.createDirectories(root.resolve("bundles"));
        this.incoming = Files.createDirectories(root.resolve("incoming"));
        this.pointer = root.resolve("LIVE");
        this.lock = new RegistryLock(root.resolve("lock"));
    }

    Bundle publish(Path source) throws IOException {
        Bundle bundle = Bundle.open(source);
        try (RegistryLock.Held held = lock.acquire()) {
            held.require();
            deleteContent(incoming);
            Path target = bundles.resolve(bundle.version());
            if (!Files.exists(target)) {
                Path copy =
                        Files.createDirectory(incoming.resolve(UUID.randomUUID().toString()));
                copyDurably(source, copy);
                Bundle.open(copy); // the source may have changed while it was copied
                Files.move(copy, target, StandardCopyOption.ATOMIC_MOVE);
                DurableFiles.forceDirectory(bundles);
            }
            return Bundle.open(target);
        }
    }

    List<PublishedModel> list() throws IOException {
        String live = pointer().live();
        List<PublishedModel> models = new ArrayList<>();
        for (BundleManifest manifest : manifests()) {
            models.add(new PublishedModel(manifest, manifest.version().equals(live)));
        }
        return models;
    }

    Optional<Bundle> open(String version) throws IOException {
        Path directory = bundles.resolve(requireVersion(version));
        return Files.isDirectory(directory) ? Optional.of(Bundle.open(directory)) : Optional.empty();
    }

    LivePointer pointer() throws IOException {
        try {
            return LivePointer.decode(Files.readString(pointer));
        } catch (NoSuchFileException e) {
            return new LivePointer(List.of());
        }
    }

    void promote(String version) throws IOException {
        Path directory = bundles.resolve(requireVersion(version));
        try (RegistryLock.Held held = lock.acquire()) {
            held.require();
            if (!Files.isDirectory(directory)) {
                throw new MillraceException(
                        ErrorCode.NOT_FOUND,
                        "model version '" + version + "' is not published; list the versions first");
            }
            Bundle.open(directory); // a damaged bundle never becomes live
            replacePointer(pointer().promoted(version));
        }
    }

    int retain(int keep) throws IOException {
        if (keep < 0) {
            throw new IllegalArgumentException("keep is " + keep + "; give 0 or more");
        }
        try (RegistryLock.Held held = lock.acquire()) {
            held.require();
            List<String> needed = pointer().versions();
            int deleted = 0;
            for (BundleManifest manifest : manifests().stream().skip(keep).toList()) {
                if (!needed.contains(manifest.version())) {
                    delete(manifest.version());
                    deleted++;
                }
            }
            return deleted;
        }
    }

    /** A rename first: no reader may see a bundle that lacks some of its files. */
    private void delete(String version) throws IOException {
        Files.move(
                bundles.resolve(version),
                incoming.resolve(UUID.randomUUID().toString()),
                StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.forceDirectory(bundles);
        deleteContent(incoming);
    }

    private List<BundleManifest> manifests() throws IOException {
        List<BundleManifest> manifests = new ArrayList<>();
        try (var directories = Files.list(bundles)) {
            for (Path directory : directories.toList()) {
                readable(directory).ifPresent(manifests::add);
            }
        }
        manifests.sort(Comparator.comparing(BundleManifest::created)
                .thenComparing(BundleManifest::version)
                .reversed());
        return manifests;
    }

    /** Empty when the bundle was deleted meanwhile, or is damaged: opening it by name tells why. */
    private static Optional<BundleManifest> readable(Path directory) throws IOException {
        try {
            return Optional.of(BundleReader.manifest(directory));
        } catch (BundleRefusedException | NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private void replacePointer(LivePointer next) throws IOException {
        Path temporary = root.resolve("LIVE.next");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer content = ByteBuffer.wrap(next.encode().getBytes(StandardCharsets.UTF_8));
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
        Files.move(temporary, pointer, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.forceDirectory(root);
    }

    private static void copyDurably(Path source, Path target) throws IOException {
        try (var files = Files.list(source)) {
            for (Path file : files.toList()) {
                Path copy = target.resolve(file.getFileName());
                Files.copy(file, copy);
                try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
        }
        DurableFiles.forceDirectory(target);
    }

    private static void deleteContent(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException problem) throws IOException {
                if (problem != null) {
                    throw problem;
                }
                if (!visited.equals(directory)) {
                    Files.delete(visited);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static String requireVersion(String version) {
        if (!VERSION.matcher(version).matches()) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "model version '" + version + "' is not a version; give 20 lower-case hex digits");
        }
        return version;
    }
}
