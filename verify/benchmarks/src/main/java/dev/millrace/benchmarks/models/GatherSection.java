package dev.millrace.benchmarks.models;

import dev.millrace.benchmarks.inference.RandomBundle;
import dev.millrace.benchmarks.models.EngineSection.Contender;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.ItemScorer;
import dev.millrace.inference.SequenceModel;
import dev.millrace.models.Bundle;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.RowTable;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * What it brings that the scorer's graph gathers the rows of 500 candidates from the store's memory, beside copying them into its
 * input first. In each round both score, one after the other, on all cores, and the median over rounds of each round's ratio
 * counts. Stateless.
 */
final class GatherSection implements ModelSection {
    private static final int DIMENSION = 64;
    private static final int BATCHES = 512;
    private static final int[] ITEMS = {20_000, 1_000_000};

    @Override
    public String name() {
        return "gather";
    }

    @Override
    public Map<String, Object> run(Path work, Consumer<String> progress) throws Exception {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("graph", "dot product of " + DIMENSION + " floats");
        figures.put("candidatesPerCall", EngineSection.CANDIDATES);
        figures.put("threads", EngineSection.threads());
        RandomTransformer.Sizes sizes = new RandomTransformer.Sizes(100, DIMENSION, 1, 1, 8);
        Bundle bundle = RandomBundle.write(work.resolve("bundle"), sizes, "item-", 1);
        InferenceConfig config = InferenceConfig.defaults();
        try (SequenceModel gathers = SequenceModel.load(bundle, config.withGathers(true));
                SequenceModel copies = SequenceModel.load(bundle, config.withGathers(false));
                TieredStore store = TieredStore.open(work.resolve("store"), StoreConfig.defaults(), List.of())) {
            for (int items : ITEMS) {
                progress.accept("gather: " + items + " items");
                RowTable table = fill(store, items);
                try (ItemScorer gathering = gathers.scorerOf(table);
                        ItemScorer copying = copies.scorerOf(table)) {
                    figures.put(items + "Items", measure(gathering, copying, items));
                }
            }
        }
        return figures;
    }

    private static RowTable fill(TieredStore store, int items) {
        RowTable table =
                store.create(TableSpec.inMemory("vectors" + items, DIMENSION * Float.BYTES, items, Long.MAX_VALUE));
        SplittableRandom random = new SplittableRandom(items);
        float[] row = new float[DIMENSION];
        for (int item = 0; item < items; item++) {
            for (int i = 0; i < DIMENSION; i++) {
                row[i] = (float) random.nextGaussian();
            }
            table.put(item, MemorySegment.ofArray(row), 0);
        }
        return table;
    }

    private static Map<String, Object> measure(ItemScorer gathering, ItemScorer copying, int items) throws Exception {
        long[][] keys = new long[BATCHES][];
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < BATCHES; i++) {
            keys[i] = random.longs(EngineSection.CANDIDATES, 0, items).toArray();
        }
        Contender copied = new Contender(end -> loop(copying, keys, end));
        Contender gathered = new Contender(end -> loop(gathering, keys, end));
        copied.run(0); // to warm up; it is measured again
        gathered.run(0);
        for (int round = 0; round < EngineSection.ROUNDS; round++) {
            copied.run(round);
            gathered.run(round);
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("microsCopied", EngineSection.micros(copied) * EngineSection.CANDIDATES);
        figures.put("microsGathered", EngineSection.micros(gathered) * EngineSection.CANDIDATES);
        double[] ratios = EngineSection.ratios(gathered, copied);
        figures.put("gatheredIsTimesCopied", EngineSection.median(ratios));
        figures.put("ofRounds", List.of(least(ratios), most(ratios)));
        figures.put("callsCopiedByTheGatherer", gathering.copiedCalls());
        return figures;
    }

    private static long loop(ItemScorer scorer, long[][] keys, long endNanos) {
        float[] user = new float[DIMENSION];
        user[1] = 1;
        boolean[] found = new boolean[EngineSection.CANDIDATES];
        float[] scores = new float[EngineSection.CANDIDATES];
        long candidates = 0;
        for (int call = 0; System.nanoTime() < endNanos; call++) {
            scorer.score(user, keys[call % BATCHES], EngineSection.CANDIDATES, found, scores, Deadline.none());
            candidates += EngineSection.CANDIDATES;
        }
        return candidates;
    }

    private static double least(double[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }

    private static double most(double[] values) {
        return Arrays.stream(values).max().orElseThrow();
    }
}
