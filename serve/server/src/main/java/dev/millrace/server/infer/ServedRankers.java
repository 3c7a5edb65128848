package dev.millrace.server.infer;

import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.Ranker;
import dev.millrace.inference.batching.BatchFigures;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.RankerBundle;
import dev.millrace.models.Registry;
import dev.millrace.runtime.Agent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;

/**
 * The rankers that answer now, one version of each name, following the registry (thread-safe; its runner loads them). A swap
 * drops no call: the next version is loaded before it takes over, and the one before is closed when its last call has ended.
 */
public final class ServedRankers implements Agent {
    private static final Logger log = LoggerFactory.getLogger(ServedRankers.class);
    /** A call that met a version in the moment of its closing looks again; more often than this, something else is wrong. */
    private static final int LOOKS = 100;

    private final Registry registry;
    private final InferenceConfig config;
    /** Versions that could not be loaded, by name: not tried again until another one is promoted. Owned by the runner. */
    private final Map<String, String> refused = new HashMap<>();

    private volatile Map<String, Served> served = Map.of();

    private record Served(String version, Ranker ranker) {}

    public ServedRankers(Registry registry, InferenceConfig config) {
        this.registry = registry;
        this.config = config;
    }

    @Override
    public String name() {
        return "rankers";
    }

    @Override
    public int doWork() throws IOException {
        Map<String, String> wanted = registry.liveRankers();
        int done = 0;
        for (Map.Entry<String, String> live : wanted.entrySet()) {
            Served present = served.get(live.getKey());
            boolean news = present == null || !present.version.equals(live.getValue());
            if (news && !live.getValue().equals(refused.get(live.getKey()))) {
                load(live.getKey(), live.getValue());
                done++;
            }
        }
        for (String name : served.keySet()) {
            if (!wanted.containsKey(name)) {
                replace(name, null);
                done++;
            }
        }
        return done;
    }

    private void load(String name, String version) {
        try {
            Bundle bundle = registry.open(version).orElseThrow(() -> new IOException("model " + version + " is gone"));
            RankerBundle ranker = RankerBundle.of(bundle);
            replace(name, new Served(version, Ranker.load(ranker.graph(), ranker.signature(), config)));
            refused.remove(name);
            log.info("ranker {} {} answers", name, version);
        } catch (IOException | RuntimeException e) {
            refused.put(name, version);
            log.error("ranker {} {} cannot be used; what answered before goes on", name, version, e);
        }
    }

    private void replace(String name, @Nullable Served next) {
        Map<String, Served> changed = new TreeMap<>(served);
        Served before = next == null ? changed.remove(name) : changed.put(name, next);
        served = changed;
        if (before != null) {
            before.ranker.close();
        }
    }

    @Override
    public void onClose() {
        for (String name : served.keySet()) {
            replace(name, null);
        }
    }

    /** The live version of each name. */
    Map<String, String> versions() {
        Map<String, String> versions = new TreeMap<>();
        served.forEach((name, one) -> versions.put(name, one.version));
        return versions;
    }

    /** How the batches of each name have been. */
    public Map<String, BatchFigures> figures() {
        Map<String, BatchFigures> figures = new TreeMap<>();
        served.forEach((name, one) -> figures.put(name, one.ranker.figures()));
        return figures;
    }

    /**
     * Gives a ranker and its version to a call.
     *
     * @param version the one that must answer; empty for the live one
     * @throws MillraceException NOT_FOUND where there is none of the name, or the version is not the live one
     */
    <T> T use(String name, String version, BiFunction<Ranker, String, T> call) {
        for (int look = 1; ; look++) {
            Served found = find(name, version);
            try {
                return call.apply(found.ranker, found.version);
            } catch (MillraceException e) {
                if (e.code() != ErrorCode.UNAVAILABLE || look == LOOKS || found.equals(served.get(name))) {
                    throw e;
                }
            }
        }
    }

    private Served find(String name, String version) {
        Served found = served.get(name);
        if (found == null) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND, "no model '" + name + "' is live here; there are " + served.keySet());
        }
        if (!version.isEmpty() && !version.equals(found.version)) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND,
                    "version '" + version + "' of model '" + name + "' is not live; the live one is " + found.version);
        }
        return found;
    }
}
