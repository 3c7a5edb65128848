package dev.millrace.benchmarks.drift;

import dev.millrace.eventlog.LogReader;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.models.Bundle;
import dev.millrace.models.Registry;
import dev.millrace.samples.SequenceOptions;
import dev.millrace.samples.SequenceSampler;
import dev.millrace.training.ProgressListener;
import dev.millrace.training.RankerJob;
import dev.millrace.training.RankerPlan;
import dev.millrace.training.TrainingConfig;
import dev.millrace.training.TrainingJob;
import dev.millrace.training.TrainingOutcome;
import dev.millrace.training.TrainingRole;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/** Trains once for a seed: whoever comes after the first gets the same bundles. Owned by one thread. */
final class SimulatedTraining {
    private final long seed;
    private final Duration cpuBudget;
    private final Path work;
    private final Path model;
    private final Path ranker;

    /** @param cpuBudget of the model */
    SimulatedTraining(long seed, Duration cpuBudget, Path work) {
        this.seed = seed;
        this.cpuBudget = cpuBudget;
        this.work = work;
        model = work.resolve("model-" + seed);
        ranker = work.resolve("ranker-" + seed);
    }

    long seed() {
        return seed;
    }

    void publishModel(SimulatedServer server) throws IOException {
        if (!Files.isDirectory(model)) {
            learnModel(server);
        }
        Bundle bundle = server.registry().publish(model);
        server.registry().promote(bundle.version());
    }

    void publishRanker(SimulatedServer server) throws IOException {
        if (!Files.isDirectory(ranker)) {
            learnRanker(server);
        }
        Bundle bundle = server.registry().publish(ranker);
        server.registry().promote(bundle.version());
    }

    private void learnModel(SimulatedServer server) throws IOException {
        SequenceSampler sampler = new SequenceSampler(SequenceOptions.all());
        try (LogReader reader = server.log().read(0)) {
            while (reader.poll(sampler, 10_000) > 0) {
                // Each poll moves the reader on.
            }
        }
        Path trained = work.resolve("trained");
        TrainingConfig config = TrainingConfig.demo().withSeed(seed).withCpuBudget(cpuBudget);
        TrainingOutcome outcome = new TrainingJob(TrainingRole.ALONE, config, ProgressListener.none())
                .runOnDataset(sampler.dataset(), trained, work.resolve("training"), Map.of());
        if (!(outcome instanceof TrainingOutcome.Published published)) {
            throw new IOException("nothing was learnt: " + outcome);
        }
        keep(trained.resolve("bundles").resolve(published.version()), model);
        delete(trained);
        delete(work.resolve("training"));
    }

    private void learnRanker(SimulatedServer server) throws IOException {
        Path trained = work.resolve("trained");
        RankerPlan plan = RankerPlan.defaults();
        RankerPlan seeded = new RankerPlan(plan.config().withSeed(seed), plan.impressions(), plan.leastImpressions());
        TrainingOutcome outcome = new RankerJob(seeded, FeaturesConfig.defaults(), _ -> {})
                .runOnLog(server.log(), new Registry(trained), work.resolve("training"));
        if (!(outcome instanceof TrainingOutcome.RankerPublished published) || published.objection() != null) {
            throw new IOException("no ranker was learnt: " + outcome);
        }
        keep(trained.resolve("bundles").resolve(published.version()), ranker);
        delete(trained);
        delete(work.resolve("training"));
    }

    /** Each registry signs by a key of its own. */
    private static void keep(Path bundle, Path at) throws IOException {
        Files.move(bundle, at);
        Files.delete(at.resolve("signature.json"));
    }

    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
