package dev.millrace.evaluation;

import dev.millrace.evaluation.compress.CompressionGate;
import dev.millrace.evaluation.compress.CompressionLimits;
import dev.millrace.evaluation.compress.ItemCounts;
import dev.millrace.evaluation.compress.PrunedStudent;
import dev.millrace.evaluation.dataset.InteractionFile;
import dev.millrace.evaluation.dataset.MovieLensSequences;
import dev.millrace.evaluation.rankers.ModelRanker;
import dev.millrace.evaluation.speed.RequestTime;
import dev.millrace.models.Bundle;
import dev.millrace.models.compress.Compression;
import dev.millrace.models.compress.SharedRows;
import dev.millrace.models.compress.StoredBundle;
import dev.millrace.models.compress.StoredPrecision;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.ModelExport;
import dev.millrace.training.ProgressListener;
import dev.millrace.training.TrainingConfig;
import dev.millrace.training.distill.DistillationPlan;
import dev.millrace.training.network.MixingKind;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.work.TeacherFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares a teacher and its students under leave-one-out: what {@code millrace bench models} runs. Single-threaded.
 *
 * <p>Bundles that the work folder holds already are measured and not trained again; students of an ablation, those of the same time.
 */
public final class ModelsBench {
    /** Half of the reach, then half of the heads' rank as well, or half of the neurons, or half of neurons and heads. */
    private static final List<PrunedStudent.Target> PRUNED = List.of(
            new PrunedStudent.Target(0, 0, 0, 16),
            new PrunedStudent.Target(0, 16, 0, 16),
            new PrunedStudent.Target(0, 0, 128, 16),
            new PrunedStudent.Target(1, 0, 128, 16));

    /** One item in so many is rare. */
    private static final int RARE_PART = 10;

    private static final Set<ModelChoice> MODEL = Set.of(ModelChoice.MODEL);

    private final Path data;
    private final Path work;
    private final ProgressListener listener;
    private final SequenceDataset dataset;
    private final LeaveOneOut protocol;

    private ModelsBench(Path data, Path work, ProgressListener listener) throws IOException {
        this.data = data;
        this.work = work.resolve(Protocol.LEAVE_ONE_OUT.toString());
        this.listener = listener;
        this.dataset = MovieLensSequences.isIn(data)
                ? MovieLensSequences.read(data)
                : InteractionFile.read(data).dataset();
        this.protocol = new LeaveOneOut(dataset);
    }

    /**
     * What was compared.
     *
     * @param variants a student for each term of the loss, and the convolutional one
     * @param compressed the student, kept in fewer bytes or pruned
     */
    public record Comparison(
            ModelFigures teacher,
            ModelFigures student,
            List<ModelFigures> variants,
            List<CompressedFigures> compressed) {}

    /**
     * What is to be compared.
     *
     * @param pruning how long each pruned student learns on; zero for none
     * @param ablation how long each variant of the student learns; zero for none
     * @param seed of the teacher and of the students
     */
    public record Plan(Duration pruning, Duration ablation, long seed) {}

    public static Comparison run(Path data, Path work, Plan plan, ProgressListener listener) throws IOException {
        ModelsBench bench = new ModelsBench(data, work, listener);
        TrainingConfig first = TrainingConfig.teacher().withSeed(plan.seed());
        TrainingConfig second = TrainingConfig.student().withSeed(plan.seed());
        ModelFigures teacher = bench.figures("teacher", first, TrainedBundle.ALONE);
        ModelFigures student = bench.figures("student", second, TrainedBundle.STUDENT);
        Reference reference = new Reference("student", student.ranking().ndcg10());
        List<CompressedFigures> compressed = new ArrayList<>();
        for (StoredPrecision precision : StoredPrecision.values()) {
            StoredBundle stored = StoredBundle.of(bench.student(), precision);
            compressed.addAll(bench.compressed(stored, reference, CompressionLimits.standard(), false));
        }
        compressed.addAll(bench.compressed(bench.sharedRows(), reference, CompressionLimits.ofSharedRows(), false));
        if (!plan.pruning().isZero()) {
            for (PrunedStudent.Target target : PRUNED) {
                PrunedStudent pruned = bench.pruned(target, plan);
                compressed.addAll(bench.compressed(pruned, reference, CompressionLimits.ofPruning(), true));
            }
        }
        List<ModelFigures> variants = new ArrayList<>();
        if (!plan.ablation().isZero()) {
            for (Map.Entry<String, TrainingConfig> variant : variants(plan).entrySet()) {
                String folder =
                        "ablation-" + plan.ablation() + "-" + variant.getKey().replace(' ', '-');
                variants.add(bench.figures(variant.getKey(), variant.getValue(), folder));
            }
        }
        return new Comparison(teacher, student, variants, compressed);
    }

    /** The same student and the same time, but for one thing each. */
    static Map<String, TrainingConfig> variants(Plan plan) {
        TrainingConfig student =
                TrainingConfig.student().withCpuBudget(plan.ablation()).withSeed(plan.seed());
        DistillationPlan all = student.distillation();
        DistillationPlan none = DistillationPlan.none();
        ModelShape shape = student.shape();
        Map<String, TrainingConfig> variants = new LinkedHashMap<>();
        variants.put("labels", student.withDistillation(none));
        variants.put("labels scores", student.withDistillation(all.withTerms(all.labels(), all.scores(), 0, 0)));
        variants.put(
                "labels squares cosine", student.withDistillation(all.withTerms(1, 0, all.squares(), all.cosine())));
        variants.put(
                "labels scores squares",
                student.withDistillation(all.withTerms(all.labels(), all.scores(), all.squares(), 0)));
        variants.put("all terms", student);
        variants.put("all terms convolution", student.withShape(shape.withMixing(MixingKind.CONVOLUTION)));
        return variants;
    }

    private ModelFigures figures(String name, TrainingConfig config, String folder) throws IOException {
        Path existing = work.resolve(folder);
        EvaluationRequest request = new EvaluationRequest(data, List.of(), MODEL, null, config, work, listener);
        Bundle bundle = Files.exists(existing.resolve("manifest.json"))
                ? Bundle.open(existing)
                : TrainedBundle.of(protocol.forTraining(), request, work, folder);
        try (ModelRanker ranker = new ModelRanker(bundle, dataset.vocabulary())) {
            RankingMetrics ranking = protocol.measure(ranker);
            RequestTime time = RequestTime.of(bundle, protocol.histories());
            return ModelFigures.of(name, bundle, ranking, time, TrainingRate.of(bundle, config));
        }
    }

    private Bundle student() throws IOException {
        return Bundle.open(work.resolve(TrainedBundle.STUDENT));
    }

    private SharedRows sharedRows() throws IOException {
        Bundle student = student();
        int rare = Math.max(2, student.vocabulary().size() / RARE_PART);
        return SharedRows.of(student, rare, ItemCounts.of(student.vocabulary(), protocol.forTraining()));
    }

    private PrunedStudent pruned(PrunedStudent.Target target, Plan plan) throws IOException {
        PrunedStudent.Family family = new PrunedStudent.Family(
                TeacherFile.read(work.resolve(TrainedBundle.PRUNABLE)).model(),
                TeacherFile.read(work.resolve(TrainedBundle.TEACHER)).model());
        TrainingConfig config =
                TrainingConfig.pruned().withCpuBudget(plan.pruning()).withSeed(plan.seed());
        return PrunedStudent.of(student(), family, protocol.forTraining(), target, config, listener, work);
    }

    /** What a smaller one is compared with, and how good that is on the actions that were kept back from everything. */
    private record Reference(String name, double ndcg10) {}

    /** @param isStored whether what passes is stored in int8 as well */
    private List<CompressedFigures> compressed(
            Compression compression, Reference reference, CompressionLimits limits, boolean isStored)
            throws IOException {
        List<CompressedFigures> figures = new ArrayList<>();
        Path folder = Files.createTempDirectory(work, "compressed");
        try {
            CompressionGate.Outcome outcome =
                    CompressionGate.examine(compression, protocol.forTraining(), limits, folder);
            CompressedFigures own = figures(outcome, reference);
            figures.add(own);
            if (isStored && own.report().refusal() == null) {
                Reference pruned =
                        new Reference(compression.method(), own.ranking().ndcg10());
                StoredBundle stored = StoredBundle.of(outcome.bundle(), StoredPrecision.INT8);
                figures.addAll(compressed(stored, pruned, CompressionLimits.standard(), false));
            }
        } finally {
            ModelExport.deleteTree(folder);
        }
        return figures;
    }

    private CompressedFigures figures(CompressionGate.Outcome outcome, Reference reference) throws IOException {
        Bundle smaller = outcome.bundle();
        try (ModelRanker ranker = new ModelRanker(smaller, dataset.vocabulary())) {
            Bundle teacher = Bundle.open(work.resolve(TrainedBundle.ALONE));
            RankingMetrics ranking = protocol.measure(ranker);
            return new CompressedFigures(
                    reference.name(),
                    1 - ranking.ndcg10() / reference.ndcg10(),
                    outcome.report(),
                    ranking,
                    RequestTime.speed(teacher, smaller, protocol.histories()));
        }
    }
}
