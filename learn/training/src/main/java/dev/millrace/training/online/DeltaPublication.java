package dev.millrace.training.online;

import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.DeltaBundle;
import dev.millrace.models.Registry;
import dev.millrace.models.delta.ModelDelta;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The registry as a learner sees it: where deltas go, and what others made of them meanwhile. Owned by the learner. */
final class DeltaPublication {
    private static final Logger log = LoggerFactory.getLogger(DeltaPublication.class);

    private final Registry registry;
    private final Path work;
    private @Nullable String version;

    DeltaPublication(Registry registry, Path work) {
        this.registry = registry;
        this.work = work;
    }

    /** Deletes what a learner left that died while it wrote. */
    static void clear(Path work) throws IOException {
        try (var folders = Files.newDirectoryStream(work, Files::isDirectory)) {
            for (Path folder : folders) {
                delete(folder);
            }
        }
    }

    /** The delta that is live on a model; null where none is. */
    @Nullable
    ModelDelta live(String model) throws IOException {
        version = registry.deltaVersion();
        Optional<Bundle> bundle = version == null ? Optional.empty() : registry.open(version);
        if (bundle.isEmpty() || !DeltaBundle.parent(bundle.get().manifest()).equals(model)) {
            return null;
        }
        return DeltaBundle.read(bundle.get());
    }

    /** Whether another delta is live than this learner has put or found there. */
    boolean isChangedByOthers() throws IOException {
        String present = registry.deltaVersion();
        return present != null && !present.equals(version);
    }

    /** @return whether it is live now; not so where another model went live meanwhile */
    boolean publish(ModelDelta delta, Map<String, Double> metrics) throws IOException {
        Path folder = work.resolve(UUID.randomUUID().toString());
        try {
            DeltaBundle.write(folder, delta, metrics);
            version = registry.publishDelta(folder).version();
            return true;
        } catch (MillraceException e) {
            log.info("delta {} is not wanted any more: {}", delta.label(), e.getMessage());
            return false;
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (var files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }
}
