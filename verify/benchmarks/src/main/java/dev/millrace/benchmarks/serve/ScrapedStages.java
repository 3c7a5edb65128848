package dev.millrace.benchmarks.serve;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The CPU seconds of each stage of the {@code home} pipeline, from the server's metrics. */
final class ScrapedStages {
    private static final Pattern LINE =
            Pattern.compile("millrace_stage_cpu_seconds_total\\{(.*)\\} ([0-9.eE+-]+)(?: .*)?");
    private static final Pattern STAGE = Pattern.compile("stage=\"([^\"]+)\"");

    private ScrapedStages() {}

    static Map<String, Double> read(int port, String key) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                            .header("X-Api-Key", key)
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException("/metrics answered " + answer.statusCode());
            }
            return parse(answer.body());
        }
    }

    static Map<String, Double> parse(String metrics) {
        Map<String, Double> seconds = new TreeMap<>();
        for (String line : metrics.split("\n")) {
            Matcher metric = LINE.matcher(line);
            if (metric.matches() && metric.group(1).contains("pipeline=\"home\"")) {
                Matcher stage = STAGE.matcher(metric.group(1));
                if (stage.find()) {
                    seconds.put(stage.group(1), Double.valueOf(metric.group(2)));
                }
            }
        }
        return seconds;
    }
}
