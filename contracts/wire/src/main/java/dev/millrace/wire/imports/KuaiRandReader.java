package dev.millrace.wire.imports;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads a KuaiRand folder: videos, users, what users watched before the impressions begin, and the impressions with what
 * followed them. Files are known by how their names begin, columns by their names. Stateless.
 */
final class KuaiRandReader implements DatasetReader {
    @Override
    public ImportSummary read(Path path, EventSink sink, RejectSink rejects, ProgressSink progress) throws IOException {
        List<Path> videos = named(path, "video_features");
        List<Path> users = named(path, "user_features");
        List<Path> histories = named(path, "user_history");
        List<Path> impressions = named(path, "events_", "log_");
        if (impressions.isEmpty()) {
            throw new NoSuchFileException(
                    path.toString(), null, "no KuaiRand layout is here: expected events_*.csv or log_*.csv");
        }
        ImportRun run = new ImportRun(sink, rejects, progress);
        for (List<Path> group : List.of(videos, users, histories, impressions)) {
            run.expect(group.toArray(Path[]::new));
        }
        read(run, videos, KuaiRandCatalog::videos);
        read(run, users, KuaiRandCatalog::users);
        read(run, histories, KuaiRandActions::histories);
        read(run, impressions, KuaiRandActions::impressions);
        return run.summary();
    }

    private static void read(ImportRun run, List<Path> files, ImportRun.HeaderReader parser) throws IOException {
        for (Path file : files) {
            run.read(file, StandardCharsets.UTF_8, parser);
        }
    }

    /** The files whose names begin so, by name. */
    private static List<Path> named(Path folder, String... prefixes) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            entries.filter(Files::isRegularFile).sorted().forEach(file -> {
                for (String prefix : prefixes) {
                    if (file.getFileName().toString().startsWith(prefix)) {
                        files.add(file);
                    }
                }
            });
        }
        return files;
    }
}
