package dev.millrace.models;

import dev.millrace.models.BundleRefusedException.Reason;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The sequential ridge as a bundle: what each item of a history votes for next (stateless).
 *
 * <p>Format: {@code docs/formats/model-bundle.md}.
 */
public final class RidgeBundle {
    public static final String KIND = "sequential-ridge";

    static final String VOTES = "votes.bin";
    static final Set<String> FILES = Set.of(Bundle.ITEMS, VOTES);
    static final int VOTE_BYTES = Integer.BYTES + Float.BYTES;

    private static final String DECAY = "decay";

    private RidgeBundle() {}

    /**
     * The strongest votes of each item, an item's own one after another, strongest first.
     *
     * @param perItem how many there is room for
     * @param decay what an item's votes are worth, of those of the item after it
     * @param reach how many of the newest items vote
     * @param targets items × perItem, by their place in the vocabulary; −1 where there is no further vote
     * @param strengths items × perItem
     */
    @SuppressWarnings("ArrayRecordComponent") // large, and never compared
    public record Votes(Vocabulary vocabulary, int perItem, double decay, int reach, int[] targets, float[] strengths) {
        private static final int MOST_PER_ITEM = 1_024;
        private static final int LONGEST_REACH = 256;

        public Votes {
            if (perItem < 1 || perItem > MOST_PER_ITEM || reach < 1 || reach > LONGEST_REACH) {
                throw new IllegalArgumentException("it has " + perItem + " votes per item and a reach of " + reach
                        + "; expected 1 to " + MOST_PER_ITEM + " and 1 to " + LONGEST_REACH);
            }
            if (!(decay > 0 && decay <= 1)) {
                throw new IllegalArgumentException("its decay is " + decay + "; expected above 0, at most 1");
            }
            long places = (long) vocabulary.size() * perItem;
            if (targets.length != places || strengths.length != places) {
                throw new IllegalArgumentException("it has " + targets.length + " targets and " + strengths.length
                        + " strengths; expected " + places);
            }
            for (int i = 0; i < targets.length; i++) {
                if (targets[i] < -1 || targets[i] >= vocabulary.size() || !Float.isFinite(strengths[i])) {
                    throw new IllegalArgumentException("vote " + i + " is " + strengths[i] + " for item " + targets[i]
                            + "; expected a finite number for one of " + vocabulary.size() + " items");
                }
            }
        }
    }

    public static boolean isRidge(BundleManifest manifest) {
        return manifest.kind().equals(KIND);
    }

    /**
     * Writes a bundle, forces it to the disk, and opens it.
     *
     * @param directory new or empty
     * @param metrics what was measured of it
     */
    public static Bundle write(Path directory, Votes votes, Map<String, Double> metrics, Map<String, String> lineage)
            throws IOException {
        BundleWriter.requireEmpty(Files.createDirectories(directory));
        BundleWriter.writeItems(directory.resolve(Bundle.ITEMS), votes.vocabulary());
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(votes.targets().length, VOTE_BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < votes.targets().length; i++) {
            bytes.putInt(votes.targets()[i]).putFloat(votes.strengths()[i]);
        }
        DurableFiles.write(directory.resolve(VOTES), bytes.array());
        SortedMap<String, BundleManifest.FileDigest> files = new TreeMap<>();
        for (String name : FILES) {
            files.put(name, DurableFiles.digest(directory.resolve(name)));
        }
        SortedMap<String, String> origin = new TreeMap<>(lineage);
        origin.put(DECAY, Double.toString(votes.decay()));
        BundleWriter.writeManifest(
                directory,
                new BundleManifest(
                        Bundle.SCHEMA,
                        "",
                        Instant.now(),
                        KIND,
                        new BundleManifest.Shape(
                                votes.perItem(),
                                votes.reach(),
                                votes.vocabulary().size()),
                        new BundleManifest.Facts(new TreeMap<>(metrics), origin, new TreeMap<>(), List.of()),
                        files));
        DurableFiles.forceDirectory(directory);
        return Bundle.open(directory);
    }

    /** @throws BundleRefusedException (MALFORMED) where the bundle is no ridge, or its votes are none */
    public static Votes read(Bundle bundle) throws IOException {
        BundleManifest manifest = bundle.manifest();
        try {
            if (!isRidge(manifest)) {
                throw new IllegalArgumentException("it is a " + manifest.kind() + " and no " + KIND);
            }
            int places = Math.multiplyExact(
                    manifest.shape().items(), manifest.shape().dimension());
            int[] targets = new int[places];
            float[] strengths = new float[places];
            ByteBuffer bytes = ByteBuffer.wrap(
                            Files.readAllBytes(bundle.directory().resolve(VOTES)))
                    .order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < places; i++) {
                targets[i] = bytes.getInt();
                strengths[i] = bytes.getFloat();
            }
            return new Votes(
                    bundle.vocabulary(),
                    manifest.shape().dimension(),
                    Double.parseDouble(manifest.facts().lineage().getOrDefault(DECAY, "")),
                    manifest.shape().historyLength(),
                    targets,
                    strengths);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new BundleRefusedException(Reason.MALFORMED, bundle.directory(), String.valueOf(e.getMessage()));
        }
    }
}
