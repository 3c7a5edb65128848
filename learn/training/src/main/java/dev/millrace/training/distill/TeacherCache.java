package dev.millrace.training.distill;

import dev.millrace.model.ItemId;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.EpochBatches;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * A teacher's opinion of every position that a student learns from, asked once and kept in a mapped file. Owned by the
 * training thread.
 *
 * <p>Asking the teacher takes several times as long as a step of the student, and a student passes over its data many
 * times: cached, the teacher costs a few reads. Per position the file holds the numbers of the items that the teacher ranks
 * first, their shares and its user vector as 16-bit floats. Where the file would grow over its limit, the newest actions
 * of each user are kept. Format: {@code docs/formats/training-checkpoint.md}.
 */
public final class TeacherCache implements AutoCloseable {
    static final long MAGIC = 0x4D52544341434831L; // "MRTCACH1"
    static final int HEADER_BYTES = 64;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment file;
    private final CachedPlaces places;
    private final int kept;
    private final int dimension;
    private final long recordBytes;

    private TeacherCache(Path path, CachedPlaces places, int kept, int dimension, boolean isNew) throws IOException {
        this.places = places;
        this.kept = kept;
        this.dimension = dimension;
        this.recordBytes = recordBytes(kept, dimension);
        long bytes = HEADER_BYTES + places.count() * recordBytes;
        try (FileChannel channel = isNew
                ? FileChannel.open(
                        path,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING)
                : FileChannel.open(path, StandardOpenOption.READ)) {
            FileChannel.MapMode mode = isNew ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY;
            file = channel.map(mode, 0, bytes, arena);
        }
    }

    /** Opens the cache at a path, or asks the teacher and writes it where there is none of this teacher and this data. */
    public static TeacherCache of(
            Path path, TrainedModel teacher, List<ItemId> vocabulary, int[][] sequences, DistillationPlan plan)
            throws IOException {
        int kept = Math.min(plan.kept(), teacher.vocabulary().size());
        int dimension = teacher.layout().shape().itemDimension();
        CachedPlaces places = CachedPlaces.within(sequences, plan.cacheBytes() / recordBytes(kept, dimension));
        long fingerprint = fingerprint(teacher, sequences, plan.temperature(), vocabulary);
        if (isOf(path, fingerprint, HEADER_BYTES + places.count() * recordBytes(kept, dimension))) {
            return new TeacherCache(path, places, kept, dimension, false);
        }
        TeacherCache cache = new TeacherCache(path, places, kept, dimension, true);
        try (Teacher asked = new Teacher(teacher, vocabulary)) {
            cache.fill(new TeacherInterview(asked, sequences, places), plan.temperature());
            cache.writeHeader(fingerprint);
            return cache;
        } catch (RuntimeException e) {
            cache.close();
            throw e;
        }
    }

    /** How many items it keeps per position. */
    public int kept() {
        return kept;
    }

    /** The length of the teacher's user vectors. */
    public int dimension() {
        return dimension;
    }

    /** How many positions it holds. */
    public long size() {
        return places.count();
    }

    /** Reads the opinions of a batch's positions; those that are not kept stay zero, with a presence of 0. */
    Opinions read(long[] sources) {
        Opinions read = new Opinions(sources.length, kept, dimension);
        for (int i = 0; i < sources.length; i++) {
            long slot = places.slot(sources[i]);
            if (slot >= 0) {
                read(slot, i, read);
            }
        }
        return read;
    }

    @Override
    public void close() {
        arena.close();
    }

    private void read(long slot, int at, Opinions into) {
        long offset = HEADER_BYTES + slot * recordBytes;
        into.presence[at] = 1;
        float rest = 1;
        for (int k = 0; k < kept; k++) {
            into.items[at * kept + k] = file.get(INT, offset + 4L * k);
            float share = half(offset + 4L * kept + 2L * k);
            into.shares[at * (kept + 1) + k] = share;
            rest -= share;
        }
        into.shares[at * (kept + 1) + kept] = Math.max(0, rest);
        long vector = offset + 6L * kept;
        for (int i = 0; i < dimension; i++) {
            into.users[at * dimension + i] = half(vector + 2L * i);
        }
    }

    private float half(long offset) {
        return Float.float16ToFloat(file.get(HALF, offset));
    }

    private void fill(TeacherInterview interview, double temperature) {
        interview.all(temperature, kept, (slots, opinion) -> {
            for (int i = 0; i < slots.length; i++) {
                write(slots[i], i, opinion);
            }
        });
    }

    private void write(long slot, int at, Teacher.Opinion opinion) {
        long offset = HEADER_BYTES + slot * recordBytes;
        for (int k = 0; k < kept; k++) {
            int item = opinion.items()[at * kept + k];
            // What the student does not know has no share of its own: it goes to the rest.
            float share = item < 0 ? 0 : opinion.shares()[at * kept + k];
            file.set(INT, offset + 4L * k, Math.max(0, item));
            file.set(HALF, offset + 4L * kept + 2L * k, Float.floatToFloat16(share));
        }
        long vector = offset + 6L * kept;
        for (int i = 0; i < dimension; i++) {
            file.set(HALF, vector + 2L * i, Float.floatToFloat16(opinion.users()[at * dimension + i]));
        }
    }

    /** Comes last: a file without it is unfinished. */
    private void writeHeader(long fingerprint) {
        file.force();
        file.set(LONG, 8, fingerprint);
        file.set(LONG, 0, MAGIC);
        file.force();
    }

    private static boolean isOf(Path path, long fingerprint, long bytes) throws IOException {
        if (!Files.exists(path) || Files.size(path) != bytes) {
            return false;
        }
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment header = channel.map(FileChannel.MapMode.READ_ONLY, 0, HEADER_BYTES, arena);
            return header.get(LONG, 0) == MAGIC && header.get(LONG, 8) == fingerprint;
        }
    }

    private static long recordBytes(int kept, int dimension) {
        return 6L * kept + 2L * dimension;
    }

    private static long fingerprint(
            TrainedModel teacher, int[][] sequences, double temperature, List<ItemId> vocabulary) {
        long hash = Arrays.hashCode(teacher.weights()) * 31L + Double.hashCode(temperature);
        hash = hash * 31
                + (teacher.ridge() == null ? 0 : Float.hashCode(teacher.ridge().weight()));
        hash = hash * 31 + vocabulary.hashCode();
        for (int[] sequence : sequences) {
            hash = hash * 0x9E3779B97F4A7C15L + Arrays.hashCode(sequence);
        }
        return hash;
    }

    /** What was read for a batch, position after position. */
    static final class Opinions {
        final int[] items;
        /** One more than items per position: the last is the share of all other items. */
        final float[] shares;

        final float[] users;
        /** 1 where there is an opinion, else 0. */
        final float[] presence;

        Opinions(int positions, int kept, int dimension) {
            items = new int[positions * kept];
            shares = new float[positions * (kept + 1)];
            users = new float[positions * dimension];
            presence = new float[positions];
        }
    }

    /** Which positions are cached, and where: the newest of each user, as many as fit. */
    static final class CachedPlaces {
        private final long[] starts;
        private final int newest;
        private final long[] slots;

        private CachedPlaces(int[][] sequences, int newest) {
            this.starts = EpochBatches.starts(sequences);
            this.newest = newest;
            this.slots = new long[sequences.length + 1];
            for (int user = 0; user < sequences.length; user++) {
                slots[user + 1] = slots[user] + cached(sequences[user].length, newest);
            }
        }

        static CachedPlaces within(int[][] sequences, long limit) {
            int low = 0;
            int high = Arrays.stream(sequences).mapToInt(s -> s.length).max().orElse(0);
            while (low < high) {
                int middle = (low + high + 1) >>> 1;
                long total = Arrays.stream(sequences)
                        .mapToLong(s -> cached(s.length, middle))
                        .sum();
                low = total <= limit ? middle : low;
                high = total <= limit ? high : middle - 1;
            }
            return new CachedPlaces(sequences, low);
        }

        long count() {
            return slots[slots.length - 1];
        }

        /** How many positions of a user stand at the end of the cached ones; the first of them is at this index. */
        int firstCached(int user) {
            int length = (int) (starts[user + 1] - starts[user]);
            return Math.max(0, length - 1) - cached(length, newest);
        }

        long firstSlot(int user) {
            return slots[user];
        }

        /** −1 where the place is not cached. */
        long slot(long source) {
            int user = Arrays.binarySearch(starts, source);
            user = user >= 0 ? user : -user - 2;
            // Empty sequences share their start with the next one.
            while (starts[user + 1] <= source) {
                user++;
            }
            int index = (int) (source - starts[user]);
            int first = firstCached(user);
            return index < first || slots[user] + index - first >= slots[user + 1] ? -1 : slots[user] + index - first;
        }

        /** A sequence's last action has no successor that could be learnt. */
        private static int cached(int length, int newest) {
            return Math.min(Math.max(0, length - 1), newest);
        }
    }
}
