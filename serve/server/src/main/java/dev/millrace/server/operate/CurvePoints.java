package dev.millrace.server.operate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.models.CurvePoint;
import dev.millrace.wire.WireJson;
import dev.millrace.wire.operate.ModelCurve.Point;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Training curves as callers read them; what was not measured is null. Stateless. */
final class CurvePoints {
    private CurvePoints() {}

    static List<Point> of(List<CurvePoint> curve) {
        return curve.stream()
                .map(point -> new Point(
                        point.step(),
                        point.cpuSeconds(),
                        finite(point.loss()),
                        finite(point.ndcg10()),
                        finite(point.hr10())))
                .toList();
    }

    /** The curve of a training that runs: its file may be absent, or end in half a line. */
    static List<Point> read(Path file) throws IOException {
        List<Point> points = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                JsonNode point = WireJson.lenient().readTree(line);
                points.add(new Point(
                        point.path("step").asLong(),
                        point.path("cpuSeconds").asDouble(),
                        number(point.path("loss")),
                        number(point.path("ndcg10")),
                        number(point.path("hr10"))));
            }
        } catch (NoSuchFileException e) {
            return points;
        } catch (JsonProcessingException e) {
            return points;
        }
        return points;
    }

    private static @Nullable Double number(JsonNode node) {
        return node.isNumber() ? finite(node.doubleValue()) : null;
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
