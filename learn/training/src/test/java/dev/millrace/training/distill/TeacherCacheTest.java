package dev.millrace.training.distill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ItemId;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.ridge.RidgeTerm;
import dev.millrace.training.ridge.WeightedRidge;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

class TeacherCacheTest {
    private static final long SEED = 8;
    private static final int ITEMS = 12;
    private static final int DIMENSION = 4;
    private static final List<ItemId> VOCABULARY =
            IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList();
    private static final int[][] SEQUENCES = {{1, 2, 3, 4, 5, 6, 7}, {}, {8}, {9, 10, 11}};

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);

    @Test
    void read_anyPosition_givesTheTeachersFirstItemsAndTheRest() throws IOException {
        TrainedModel teacher = teacher(VOCABULARY);
        try (TeacherCache cache =
                cache(teacher, VOCABULARY, DistillationPlan.standard().cacheBytes())) {
            assertEquals(8, cache.size(), "every action but the last of each user");
            // Places 0 to 5 are the first user's, 8 and 9 the last one's; 6 and 7 have no successor.
            TeacherCache.Opinions read = cache.read(new long[] {0, 5, 6, 7, 8, 9});
            for (int i : new int[] {0, 1, 4, 5}) {
                assertEquals(1, read.presence[i], "position " + i);
                float sum = 0;
                for (int k = 0; k <= cache.kept(); k++) {
                    sum += read.shares[i * (cache.kept() + 1) + k];
                }
                assertEquals(1, sum, 0.01, "position " + i);
                assertTrue(read.shares[i * (cache.kept() + 1)] >= read.shares[i * (cache.kept() + 1) + 1]);
            }
            assertEquals(0, read.presence[2]);
            assertEquals(0, read.presence[3]);
        }
    }

    @Test
    void of_sameTeacherAndData_isNotAskedAgain() throws IOException {
        TrainedModel teacher = teacher(VOCABULARY);
        long limit = DistillationPlan.standard().cacheBytes();
        cache(teacher, VOCABULARY, limit).close();
        Path file = folder.resolve("cache");
        try (RandomAccessFile changed = new RandomAccessFile(file.toFile(), "rw")) {
            changed.seek(TeacherCache.HEADER_BYTES);
            changed.writeInt(Integer.reverseBytes(11));
        }
        try (TeacherCache cache = cache(teacher, VOCABULARY, limit)) {
            assertEquals(11, cache.read(new long[] {0}).items[0], "the file was read, not written anew");
        }
        try (TeacherCache cache = cache(teacher(VOCABULARY), VOCABULARY, limit)) {
            assertTrue(cache.read(new long[] {0}).presence[0] == 1);
        }
        assertTrue(Files.size(file) > TeacherCache.HEADER_BYTES);
    }

    @Test
    void of_smallLimit_keepsTheNewestActionsOfEach() throws IOException {
        long recordBytes = 6L * 3 + 2L * DIMENSION;
        try (TeacherCache cache = cache(teacher(VOCABULARY), VOCABULARY, 4 * recordBytes)) {
            assertEquals(4, cache.size(), "two of each user who has so many");
            TeacherCache.Opinions read = cache.read(new long[] {3, 4, 5, 8, 9});
            assertEquals(0, read.presence[0]);
            for (int i = 1; i < 5; i++) {
                assertEquals(1, read.presence[i], "position " + i);
            }
        }
        try (TeacherCache cache = cache(teacher(VOCABULARY), VOCABULARY, 0)) {
            assertEquals(0, cache.size());
            assertEquals(0, cache.read(new long[] {5}).presence[0]);
        }
    }

    @Test
    void of_otherVocabulary_translatesBothWays() throws IOException {
        List<ItemId> students = IntStream.range(0, ITEMS)
                .mapToObj(i -> i < 6 ? new ItemId("new" + i) : new ItemId("i" + i))
                .toList();
        try (TeacherCache cache =
                cache(teacher(VOCABULARY), students, DistillationPlan.standard().cacheBytes())) {
            TeacherCache.Opinions read = cache.read(new long[] {5, 8});
            for (int i = 0; i < 2; i++) {
                for (int k = 0; k < cache.kept(); k++) {
                    boolean shared = read.items[i * cache.kept() + k] >= 6;
                    float share = read.shares[i * (cache.kept() + 1) + k];
                    assertTrue(shared || share == 0, "an item that the student does not know has the share " + share);
                }
            }
        }
    }

    private TeacherCache cache(TrainedModel teacher, List<ItemId> vocabulary, long bytes) throws IOException {
        DistillationPlan plan = new DistillationPlan(0.3, 0.7, 0.1, 0.1, 1, 3, bytes);
        return TeacherCache.of(folder.resolve("cache"), teacher, vocabulary, SEQUENCES, plan);
    }

    private TrainedModel teacher(List<ItemId> vocabulary) {
        SequenceLayout layout = new SequenceLayout(ModelShape.transformer(DIMENSION, 1, 1, 4), ITEMS);
        RidgeTerm term = new RidgeTerm(2, normal(ITEMS * 2), normal(ITEMS * 2));
        return new TrainedModel(
                vocabulary,
                layout,
                normal(layout.length()),
                new WeightedRidge(term, 0.5f),
                new TrainedModel.Course(0, 0, 0, List.of()));
    }

    private float[] normal(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (0.3 * random.nextGaussian());
        }
        return values;
    }
}
