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
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The registry's files (thread-safe).
 *
 * <pre>
 * ROOT/bundles/VERSION/   complete bundles only: each arrives by one rename
 * ROOT/incoming/UUID/     copies under way; a crash leaves one here, the next writer deletes it
 * ROOT/LIVE               the live version, then the one before it; replaced by one rename
 * ROOT/LIVE-NAME          the same for the imported ranker of a name
 * ROOT/LIVE-RANKER        the same for the rankers that are trained here
 * ROOT/LIVE-RIDGE         the same for the sequential ridge
 * ROOT/DELTA              the same for what was learnt online since the live version's training
 * ROOT/lock               held by the one process that writes
 * </pre>
 *
 * <p>Readers take no lock: they see a rename done or not done. Writers are serialised by the lock.
 */
final class RegistryDirectory {
    private static final String LIVE = "LIVE";
    /** No ranker's name has capital letters. */
    static final String DELTA = "DELTA";

    /** A server that has not followed yet may still be reading an older one. */
    private static final int KEPT_DELTAS = 6;

    /** The slot of the rankers that are trained here; in capitals, as no imported ranker may be called. */
    static final String OWN_RANKER = "RANKER";

    /** The slot of the sequential ridge. */
    static final String RIDGE = "RIDGE";

    private static final Pattern VERSION = Pattern.compile("[0-9a-f]{20}");

    private final Path bundles;
    private final Path incoming;
    private final RegistryLock lock;
    private final Path root;
    private final BundleTrust trust;

    RegistryDirectory(Path root, BundleTrust trust) throws IOException {
        this.root = root;
        this.trust = trust;
        this.bundles = Files.createDirectories(root.resolve("bundles"));
        this.incoming = Files.createDirectories(root.resolve("incoming"));
        this.lock = new RegistryLock(root.resolve("lock"));
    }

    Bundle publish(Path source) throws IOException {
        Bundle bundle = Bundle.open(source);
        if (BundleTrust.isSigned(source)) {
            trust.require(bundle); // before its gigabytes are copied
        }
        try (RegistryLock.Held held = lock.acquire()) {
            held.require();
            deleteContent(incoming);
            Path target = bundles.resolve(bundle.version());
            if (!Files.exists(target)) {
                Path copy =
                        Files.createDirectory(incoming.resolve(UUID.randomUUID().toString()));
                copyDurably(source, copy);
                Bundle copied = Bundle.open(copy); // the source may have changed while it was copied
                if (!BundleTrust.isSigned(copy)) {
                    trust.sign(copied);
                }
                trust.require(copied);
                Files.move(copy, target, StandardCopyOption.ATOMIC_MOVE);
                DurableFiles.forceDirectory(bundles);
            }
            return openTrusted(target);
        }
    }

    private Bundle openTrusted(Path bundle) throws IOException {
        Bundle opened = Bundle.open(bundle);
        trust.require(opened);
        if (!bundle.endsWith(opened.version())) { // an old bundle in a new one's place would be signed and whole
            throw new BundleRefusedException(
                    BundleRefusedException.Reason.WRONG_DIGEST, bundle, "it is the version " + opened.version());
        }
        return opened;
    }

    List<PublishedModel> list() throws IOException {
        List<PublishedModel> models = new ArrayList<>();
        for (BundleManifest manifest : manifests()) {
            models.add(new PublishedModel(
                    manifest, isLive(manifest), BundleTrust.keyId(bundles.resolve(manifest.version()))));
        }
        return models;
    }

    private boolean isLive(BundleManifest manifest) throws IOException {
        return manifest.version().equals(pointer(slot(manifest)).live())
                && (!DeltaBundle.isDelta(manifest)
                        || DeltaBundle.parent(manifest).equals(pointer().live()));
    }

    /** Which pointer a bundle competes for: the sequence models' own, the deltas', the ridge's, or that of a ranker's name. */
    private static String slot(BundleManifest manifest) {
        if (DeltaBundle.isDelta(manifest)) {
            return DELTA;
        }
        if (MultiTaskBundle.isMultiTask(manifest)) {
            return OWN_RANKER;
        }
        if (RidgeBundle.isRidge(manifest)) {
            return RIDGE;
        }
        return RankerBundle.isRanker(manifest) ? RankerBundle.name(manifest) : "";
    }

    Map<String, String> liveRankers() throws IOException {
        Map<String, String> live = new TreeMap<>();
        try (var pointers = Files.newDirectoryStream(root, LIVE + "-*")) {
            for (Path file : pointers) {
                String name = file.getFileName().toString().substring(LIVE.length() + 1);
                String version = pointer(name).live();
                if (version != null && !name.equals(OWN_RANKER) && !name.equals(RIDGE)) {
                    live.put(name, version);
                }
            }
        }
        return live;
    }

    List<String> versions() throws IOException {
        try (var directories = Files.list(bundles)) {
            return directories
                    .map(directory -> directory.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    Optional<Bundle> open(String version) throws IOException {
        Path directory = bundles.resolve(requireVersion(version));
        return Files.isDirectory(directory) ? Optional.of(openTrusted(directory)) : Optional.empty();
    }

    LivePointer pointer() throws IOException {
        return pointer("");
    }

    LivePointer ownRanker() throws IOException {
        return pointer(OWN_RANKER);
    }

    private Path pointerFile(String slot) {
        if (slot.equals(DELTA)) {
            return root.resolve(DELTA);
        }
        return root.resolve(slot.isEmpty() ? LIVE : LIVE + "-" + slot);
    }

    LivePointer pointer(String slot) throws IOException {
        try {
            return LivePointer.decode(Files.readString(pointerFile(slot)));
        } catch (NoSuchFileException e) {
            return new LivePointer(List.of());
        }
    }

    void promote(String version) throws IOException {
        Path directory = bundles.resolve(requireVersion(version));
        try (RegistryLock.Held held = lock.acquire()) {
            held.require();
            requirePublished(version, directory);
            Bundle bundle = openTrusted(directory); // a damaged bundle never becomes live
            CompressionEvidence.require(bundle.manifest());
            if (DeltaBundle.isDelta(bundle.manifest())) {
                requireNext(bundle.manifest());
            }
            requirePromotable(bundle);
            String slot = slot(bundle.manifest());
            replacePointer(slot, pointer(slot).promoted(version));
            if (slot.equals(DELTA)) {
                deleteOldDeltas();
            }
        }
    }

    /** A delta of another model is of no use; an older one would undo what a newer one took back. */
    private void requireNext(BundleManifest delta) throws IOException {
        String live = pointer().live();
        if (!DeltaBundle.parent(delta).equals(live)) {
            throw new MillraceException(
                    ErrorCode.CONFLICT,
                    "delta '" + delta.version() + "' belongs to the model '" + DeltaBundle.parent(delta) + "', but "
                            + (live == null ? "no model" : "'" + live + "'") + " is live; learning begins anew on it");
        }
        BundleManifest present = presentDelta();
        if (present != null
                && DeltaBundle.parent(present).equals(live)
                && DeltaBundle.sequence(delta) <= DeltaBundle.sequence(present)) {
            throw new MillraceException(
                    ErrorCode.CONFLICT,
                    "delta '" + delta.version() + "' has the sequence " + DeltaBundle.sequence(delta) + ", but "
                            + DeltaBundle.sequence(present) + " is live; an earlier state comes back as a new delta");
        }
    }

    private @Nullable BundleManifest presentDelta() throws IOException {
        String version = pointer(DELTA).live();
        Path directory = version == null ? null : bundles.resolve(requireVersion(version));
        return directory == null || !Files.isDirectory(directory)
                ? null
                : readable(directory).orElse(null);
    }

    private void deleteOldDeltas() throws IOException {
        List<String> needed = pointer(DELTA).versions();
        for (BundleManifest manifest : manifests().stream()
                .filter(DeltaBundle::isDelta)
                .skip(KEPT_DELTAS)
                .toList()) {
            if (!needed.contains(manifest.version())) {
                delete(manifest.version());
            }
        }
    }

    String rollBack(String slot) throws IOException {
        try (RegistryLock.Held held = lock.acquire()) {
            held.require();
            LivePointer present = pointer(slot);
            if (present.versions().size() < 2) {
                throw new MillraceException(
                        ErrorCode.CONFLICT,
                        "no model was live before the present one; promote the version that is wanted");
            }
            String before = present.versions().get(1);
            Path directory = bundles.resolve(requireVersion(before));
            requirePublished(before, directory);
            openTrusted(directory);
            replacePointer(slot, present.promoted(before));
            return before;
        }
    }

    BundleManifest manifest(String version) throws IOException {
        Path directory = bundles.resolve(requireVersion(version));
        requirePublished(version, directory);
        return BundleReader.manifest(directory);
    }

    /** What cannot be opened as what it says to be never becomes live. */
    private static void requirePromotable(Bundle bundle) throws IOException {
        if (RankerBundle.isRanker(bundle.manifest())) {
            RankerBundle _ = RankerBundle.of(bundle);
        } else if (MultiTaskBundle.isMultiTask(bundle.manifest())) {
            MultiTaskBundle _ = MultiTaskBundle.of(bundle);
        } else if (RidgeBundle.isRidge(bundle.manifest())) {
            RidgeBundle.Votes _ = RidgeBundle.read(bundle);
        }
    }

    private static void requirePublished(String version, Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND, "model version '" + version + "' is not published; list the versions first");
        }
    }

    int retain(int keep) throws IOException {
        if (keep < 0) {
            throw new IllegalArgumentException("keep is " + keep + "; give 0 or more");
        }
        try (RegistryLock.Held held = lock.acquire()) {
            held.require();
            int deleted = retain(keep, pointer().versions(), one -> slot(one).isEmpty());
            deleted += retain(keep, pointer(RIDGE).versions(), RidgeBundle::isRidge);
            return deleted + retain(keep, ownRanker().versions(), MultiTaskBundle::isMultiTask);
        }
    }

    /** Of one kind; what was imported is no training of ours, and stays until it is deleted by hand. */
    private int retain(int keep, List<String> needed, Predicate<BundleManifest> kind) throws IOException {
        int deleted = 0;
        for (BundleManifest manifest :
                manifests().stream().filter(kind).skip(keep).toList()) {
            if (!needed.contains(manifest.version())) {
                delete(manifest.version());
                deleted++;
            }
        }
        return deleted;
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

    private void replacePointer(String slot, LivePointer next) throws IOException {
        Path temporary = root.resolve("LIVE.next");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer content = ByteBuffer.wrap(next.encode().getBytes(StandardCharsets.UTF_8));
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
        Files.move(temporary, pointerFile(slot), StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.forceDirectory(root);
    }

    private static void copyDurably(Path source, Path target) throws IOException {
        try (var files = Files.list(source)) {
            for (Path file : files.toList()) {
                DurableFiles.copy(file, target.resolve(file.getFileName()));
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

    /** The content of the {@code LIVE} file: the live version and the one that was live before it (immutable). */
    record LivePointer(List<String> versions) {
        /** The one before is kept for servers that have not followed yet. */
        static final int MAX_VERSIONS = 2;

        LivePointer {
            versions = List.copyOf(versions.subList(0, Math.min(versions.size(), MAX_VERSIONS)));
        }

        static LivePointer decode(String content) {
            return new LivePointer(content.lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList());
        }

        String encode() {
            return String.join("\n", versions) + "\n";
        }

        @Nullable
        String live() {
            return versions.isEmpty() ? null : versions.getFirst();
        }

        LivePointer promoted(String version) {
            List<String> next = new ArrayList<>();
            next.add(version);
            versions.stream().filter(other -> !other.equals(version)).forEach(next::add);
            return new LivePointer(next);
        }
    }
}
