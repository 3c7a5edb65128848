package dev.millrace.cli;

import dev.millrace.training.ProgressListener;
import dev.millrace.training.TrainingProgress;

import java.util.Locale;

/** Shows a training's phase, loss and quality on a progress display. Owned by the training thread. */
final class TrainingDisplay implements ProgressListener {
    private final ProgressDisplay display;

    TrainingDisplay(ProgressDisplay display) {
        this.display = display;
    }

    @Override
    public void onProgress(TrainingProgress progress) {
        long budget = Math.max(1, Math.round(progress.budgetSeconds()));
        display.show(Math.min(budget, Math.round(progress.cpuSeconds())), budget, note(progress));
    }

    private static String note(TrainingProgress progress) {
        StringBuilder note = new StringBuilder(
                progress.phase().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        if (Double.isFinite(progress.epoch())) {
            note.append(String.format(Locale.ROOT, ", epoch %.1f", progress.epoch()));
        }
        if (Double.isFinite(progress.loss())) {
            note.append(String.format(Locale.ROOT, ", loss %.3f", progress.loss()));
        }
        if (Double.isFinite(progress.ndcg10())) {
            note.append(String.format(Locale.ROOT, ", NDCG@10 %.4f", progress.ndcg10()));
        }
        return note.toString();
    }
}
