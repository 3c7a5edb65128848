package dev.millrace.cli;

import dev.millrace.client.MillraceClient;
import dev.millrace.wire.WireJson;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;
import dev.millrace.wire.recommend.RecommendResponse.RankedItem;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code millrace recommend}: asks a running server for one user's slate. */
@Command(
        name = "recommend",
        description = "Asks a running server what to show a user, and why.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace recommend user-17 --key KEY",
            "  millrace recommend user-17 --count 20 --explain --dry-run --json"
        })
final class RecommendCommand implements Callable<Integer> {
    /** Less is 0 in the figures that are printed. */
    private static final double LEAST_SHOWN = 0.00005;

    @Parameters(index = "0", paramLabel = "USER", description = "The user's id.")
    private String user = "";

    @Option(names = "--count", paramLabel = "N", defaultValue = "10", description = "How many items (default: 10).")
    private int count = 10;

    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            defaultValue = "home",
            description = "The pipeline that answers: home (personal), popularity, random (default: home).")
    private String scenario = "home";

    @Option(names = "--explain", description = "Show the parts of each score and the time of each stage.")
    private boolean explain;

    @Option(names = "--dry-run", description = "Leave no trace: nothing is logged or counted.")
    private boolean dryRun;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        RecommendRequest request = RecommendRequest.of(user, scenario, count);
        request = explain ? request.explained() : request;
        try (MillraceClient client = connection.connect()) {
            print(
                    client.recommend(dryRun ? request.dry() : request),
                    spec.commandLine().getOut());
        }
        return ExitCode.OK;
    }

    private void print(RecommendResponse answer, PrintWriter out) throws IOException {
        if (output.isJson()) {
            out.println(WireJson.lenient().writerWithDefaultPrettyPrinter().writeValueAsString(answer));
            out.flush();
            return;
        }
        out.printf(
                Locale.ROOT,
                "%s, arm %s, model %s, %.1f ms%n",
                answer.user(),
                answer.arm(),
                answer.model().isEmpty() ? "none yet" : answer.model(),
                answer.tookMicros() / 1e3);
        answer.items().forEach(item -> print(item, out));
        if (explain) {
            answer.stages()
                    .forEach(stage ->
                            out.printf("  %-24s %6d µs  %s%n", stage.stage(), stage.micros(), stage.outcome()));
        }
        answer.degraded().forEach(part -> out.printf("degraded: %s, %s%n", part.stage(), part.reason()));
        out.flush();
    }

    static void print(RankedItem item, PrintWriter out) {
        String title = item.title() == null ? "" : item.title();
        out.printf(Locale.ROOT, "%3d  %-16s %8.4f  %s%n", item.rank(), item.item(), item.score(), title);
        out.printf("%5s%s%n", "", item.reason());
        if (item.parts() != null) {
            out.printf("%5s%s%n", "", addends(item.parts()));
        }
        if (item.probabilities() != null) {
            out.printf("%5sforetold: %s%n", "", chances(item.probabilities()));
        }
    }

    /** What adds up to the score, the largest first, as {@code model +1.20, fatigue -0.40}; what adds nothing is left out. */
    private static String addends(Map<String, Float> parts) {
        String text = largestFirst(parts)
                .filter(part -> Math.abs(part.getValue()) >= LEAST_SHOWN)
                .map(part -> String.format(Locale.ROOT, "%s %+.4f", part.getKey(), part.getValue()))
                .collect(Collectors.joining(", "));
        return text.isEmpty() ? "nothing adds to the score" : text;
    }

    /** As {@code click 3.10 %, complaint 0.04 %}. */
    private static String chances(Map<String, Float> probabilities) {
        return largestFirst(probabilities)
                .map(action -> String.format(Locale.ROOT, "%s %.2f %%", action.getKey(), 100 * action.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static Stream<Map.Entry<String, Float>> largestFirst(Map<String, Float> values) {
        return values.entrySet().stream().sorted(Comparator.comparingDouble(value -> -Math.abs(value.getValue())));
    }
}
