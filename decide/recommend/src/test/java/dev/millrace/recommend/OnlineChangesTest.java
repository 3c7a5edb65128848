package dev.millrace.recommend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.Filter;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Query;
import dev.millrace.model.Slate;
import dev.millrace.model.UserId;
import dev.millrace.models.delta.ItemChange;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

class OnlineChangesTest {
    private static final int DIMENSION = 16;

    private final TestWorld world = new TestWorld();
    private RecommendPipeline pipeline;
    private LiveModel model;

    @BeforeEach
    void goLive(@TempDir Path directory) throws IOException {
        model = world.goLive(directory.resolve("model"), 1);
        pipeline = world.pipeline();
    }

    @AfterEach
    void close() {
        world.close();
    }

    private ModelDelta delta(long sequence, float[] userShift, Map<String, Float> topics, ItemChange... items) {
        return new ModelDelta(
                model.version(),
                sequence,
                ModelDelta.Cause.LEARNED,
                0,
                userShift,
                List.of(items),
                new TreeMap<>(topics),
                ModelDelta.Heads.none());
    }

    private static ItemChange bias(String item, float bias) {
        return new ItemChange(new ItemId(item), bias, new float[DIMENSION]);
    }

    private static ItemChange shift(String item, float[] shift) {
        return new ItemChange(new ItemId(item), 0, shift);
    }

    private Slate ask(String user) {
        return pipeline.run(
                        new Query(
                                new UserId(user),
                                "home",
                                10,
                                Map.of(),
                                new Filter.All(),
                                List.of(),
                                List.of(),
                                false,
                                true),
                        Deadline.none())
                .slate();
    }

    private float[] vector(String item) {
        float[] vector = new float[DIMENSION];
        int ordinal = world.state.catalog().ordinal(new ItemId(item));
        assertTrue(model.vectors().get(ordinal, MemorySegment.ofArray(vector), 0));
        return vector;
    }

    @Test
    void bias_ofAnItem_isAPartOfItsValueAndLiftsIt() {
        String last = ask("u1").entries().getLast().item().value();
        assertEquals(model.version(), ask("u1").model());

        model.apply(delta(3, new float[DIMENSION], Map.of(), bias(last, 50)));
        Slate slate = ask("u1");

        assertEquals(last, slate.entries().getFirst().item().value());
        assertEquals(50, slate.entries().getFirst().why().parts().get("online"), 1e-5);
        assertEquals(model.version() + "+3", slate.model());
        assertEquals(model.version() + "+3", world.served.getLast().model(), "the log says by what it was scored");
    }

    @Test
    void bias_ofATopic_isThatOfItsItems() {
        model.apply(delta(1, new float[DIMENSION], Map.of("t4", 30f, "unknown", 9f)));

        Slate slate = ask("u1");

        assertEquals(30, slate.entries().getFirst().why().parts().get("online"), 1e-5);
        int ordinal = world.state.catalog().ordinal(slate.entries().getFirst().item());
        assertEquals("t4", world.state.catalog().topic(world.state.catalog().topics(ordinal)[0]));
    }

    @Test
    void label_ofAUserUnknownToTheModel_tellsTheDelta() {
        assertEquals("", ask("stranger").model(), "the model had no part in it");
        model.apply(delta(1, new float[DIMENSION], Map.of("t1", 1f)));
        assertEquals(model.version() + "+1", ask("stranger").model());
    }

    @Test
    void shift_ofAnItem_movesItsVectorAndWhereItIsFound() {
        float[] before = vector("i7");
        float[] shift = new float[DIMENSION];
        shift[2] = 40;
        float[] query = new float[DIMENSION];
        query[2] = 1;

        model.apply(delta(1, new float[DIMENSION], Map.of(), shift("i7", shift)));

        float[] expected = before.clone();
        expected[2] += 40;
        assertArrayEquals(expected, vector("i7"), 1e-5f);
        int[] found = new int[1];
        assertEquals(1, model.index().search(query, 1, null, Deadline.none(), found, new float[1]));
        assertEquals(world.state.catalog().ordinal(new ItemId("i7")), found[0]);

        world.addItem("i7", "t1");
        assertArrayEquals(expected, vector("i7"), 1e-5f, "an item that is uploaded again keeps what was learnt");

        model.apply(delta(2, new float[DIMENSION], Map.of()));
        assertArrayEquals(before, vector("i7"), 1e-5f, "the next delta replaces this one");
        model.index().search(query, 1, null, Deadline.none(), found, new float[1]);
        assertFalse(world.state.catalog().ordinal(new ItemId("i7")) == found[0] && before[2] < 1, "and is found there");
    }

    @Test
    void shift_ofUsers_changesModelScores() {
        Slate before = ask("u1");
        float[] shift = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            shift[i] = i % 2 == 0 ? 5 : -5;
        }
        model.apply(delta(1, shift, Map.of()));
        Slate after = ask("u1");
        assertFalse(before.entries().stream()
                .map(entry -> entry.why().parts().get("model"))
                .toList()
                .equals(after.entries().stream()
                        .map(entry -> entry.why().parts().get("model"))
                        .toList()));
    }

    @Test
    void delta_notNewerOrOfAnotherModel_isRefused() {
        model.apply(delta(5, new float[DIMENSION], Map.of()));
        for (ModelDelta refused : List.of(
                delta(5, new float[DIMENSION], Map.of()),
                delta(4, new float[DIMENSION], Map.of()),
                delta(6, new float[DIMENSION + 1], Map.of()),
                ModelDelta.empty("0".repeat(20), 6, ModelDelta.Cause.BEGIN, 0, DIMENSION))) {
            MillraceException e = assertThrows(MillraceException.class, () -> model.apply(refused), refused.label());
            assertEquals(ErrorCode.CONFLICT, e.code());
        }
        assertEquals(5, model.changes().sequence());
    }

    @Test
    void deltas_underRequests_dropNone() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService requests = Executors.newFixedThreadPool(2)) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                String user = "u" + i;
                running.add(requests.submit(() -> {
                    int answers = 0;
                    while (!stop.get() || answers == 0) {
                        Slate slate = ask(user);
                        assertEquals(List.of(), slate.degradations());
                        assertEquals(10, slate.entries().size());
                        answers++;
                    }
                    return answers;
                }));
            }
            for (int sequence = 1; sequence <= 60; sequence++) {
                float[] shift = new float[DIMENSION];
                shift[sequence % DIMENSION] = sequence;
                ItemChange[] items = new ItemChange[TestWorld.ITEMS];
                for (int i = 0; i < items.length; i++) {
                    items[i] = new ItemChange(new ItemId("i" + i), i % 3, shift);
                }
                model.apply(delta(sequence, shift, Map.of("t1", 0.5f), items));
            }
            stop.set(true);
            for (Future<Integer> request : running) {
                assertTrue(request.get(60, TimeUnit.SECONDS) > 0);
            }
        }
        assertEquals(60, model.changes().sequence());
    }
}
