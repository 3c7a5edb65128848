package dev.millrace.benchmarks.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which versions of the peers a run measures. Stateless. */
final class PeerVersions {
    private static final Pattern JAR = Pattern.compile("(caffeine|chronicle-map|lmdbjava|rocksdbjni)-(\\d.*)\\.jar");
    private static final Pattern REDIS = Pattern.compile("v=(\\S+)");

    private PeerVersions() {}

    static Map<String, String> find(StoreBenchOptions options) throws IOException {
        Map<String, String> versions = new TreeMap<>();
        versions.put("java", ForkProcess.machineJava());
        if (Files.isDirectory(options.peers())) {
            try (Stream<Path> jars = Files.list(options.peers())) {
                for (Path jar : jars.toList()) {
                    Matcher matcher = JAR.matcher(jar.getFileName().toString());
                    if (matcher.matches()) {
                        versions.put(matcher.group(1), matcher.group(2));
                    }
                }
            }
        }
        String redis = redis(options.redis());
        if (!redis.isEmpty()) {
            versions.put("redis", redis);
        }
        return versions;
    }

    private static String redis(String program) {
        try {
            Process process = new ProcessBuilder(List.of(program, "--version")).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher matcher = REDIS.matcher(said);
            return matcher.find() ? matcher.group(1) : "";
        } catch (IOException absent) {
            return "";
        }
    }
}
