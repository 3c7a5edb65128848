package dev.millrace.evaluation;

import dev.millrace.models.Bundle;
import dev.millrace.models.CurvePoint;
import dev.millrace.training.TrainingConfig;
import dev.millrace.training.network.MatrixRate;
import dev.millrace.training.network.ModelShape;

import java.util.List;

/**
 * How fast a model learnt, by the processor time of its curve: with the validations on the way, without the last one.
 *
 * @param cpuSeconds of the whole training, the teacher's own not counted
 * @param positionsPerSecond positions learnt from in a processor second
 * @param gigaflops billions of operations a processor second, of the matrix products that a position needs, forward and back
 * @param matrixGigaflops the engine's rate of a plain matrix product on this machine, now
 */
public record TrainingRate(double cpuSeconds, double positionsPerSecond, double gigaflops, double matrixGigaflops) {
    static TrainingRate of(Bundle bundle, TrainingConfig config) {
        List<CurvePoint> curve = bundle.curve();
        double whole = bundle.manifest()
                .facts()
                .metrics()
                .getOrDefault("cpuSeconds", curve.getLast().cpuSeconds());
        return of(curve, whole, config);
    }

    static TrainingRate of(List<CurvePoint> curve, double cpuSeconds, TrainingConfig config) {
        CurvePoint first = curve.getFirst();
        CurvePoint last = endOfLearning(curve);
        double seconds = Math.max(1e-9, last.cpuSeconds() - first.cpuSeconds());
        double positions = (last.step() - first.step()) * (double) config.plan().batchTokens() / seconds;
        double flops = 3 * forwardFlops(config.shape(), config.plan().negatives());
        return new TrainingRate(cpuSeconds, positions, positions * flops / 1e9, MatrixRate.gigaflops());
    }

    /** What follows the last step is the last validation, on all users: as long as many steps of a short run. */
    private static CurvePoint endOfLearning(List<CurvePoint> curve) {
        long steps = curve.getLast().step();
        return curve.stream().filter(point -> point.step() == steps).findFirst().orElseThrow();
    }

    /** Of one position: the layers of each block, attention over what it sees, and the scores of the drawn items. */
    private static double forwardFlops(ModelShape shape, int negatives) {
        double d = shape.dimension();
        double layers =
                shape.layers() * (2 * 12 * d * d + 4 * d * Math.min(2.0 * shape.reach(), shape.historyLength()));
        return layers + 2.0 * (negatives + 1) * shape.itemDimension();
    }
}
