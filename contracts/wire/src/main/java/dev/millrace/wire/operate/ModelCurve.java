package dev.millrace.wire.operate;

import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** How a model's training went. */
public record ModelCurve(String version, List<Point> points) {
    public ModelCurve {
        points = Given.list("points", points);
    }

    /** One measurement; what was not measured at this step is null. */
    public record Point(
            long step,
            double cpuSeconds,
            @Nullable Double loss,
            @Nullable Double ndcg10,
            @Nullable Double hr10) {}
}
