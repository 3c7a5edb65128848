package dev.millrace.server;

import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.index.VectorIndexConfig;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.model.InvalidValueException;
import dev.millrace.recommend.RecommendConfig;
import dev.millrace.recommend.select.ActionWorth;
import dev.millrace.retrieval.RetrievalConfig;
import dev.millrace.runtime.AdmissionConfig;
import dev.millrace.runtime.Configuration;
import dev.millrace.server.hold.SnapshotConfig;
import dev.millrace.server.hold.SnapshotConfig.Learning;
import dev.millrace.server.hold.StoreSettings;
import dev.millrace.server.http.AdminKeys;
import dev.millrace.server.http.ServerConfig;
import dev.millrace.server.operate.OnlineAgentConfig;
import dev.millrace.server.operate.TrainingAgentConfig;
import dev.millrace.storage.personal.KeyConfig;

import java.nio.file.Path;

/**
 * Every setting of a serving process, read before anything of it is opened: a start that is refused for a setting has made
 * no file and taken no port. Immutable.
 *
 * @param adminKey empty for the one that is stored
 */
record Settings(
        ServerConfig server,
        String adminKey,
        Held held,
        Answers answers,
        Models models,
        TrainingAgentConfig training,
        OnlineAgentConfig online) {
    /** What is kept, on disk and in memory. */
    record Held(
            KeyConfig keys,
            EventLogConfig log,
            StoreSettings store,
            SnapshotConfig snapshots,
            FeaturesConfig features,
            RetrievalConfig retrieval) {}

    /**
     * How answers are made.
     *
     * @param sourceThreads 0 asks the sources one after the other
     */
    record Answers(RecommendConfig recommend, ActionWorth worth, AdmissionConfig admission, int sourceThreads) {}

    /** How models are served. */
    record Models(InferenceConfig inference, VectorIndexConfig index, boolean keepPrevious, boolean requireSignature) {}

    /** @throws InvalidValueException for a value that a setting cannot have, and for a setting that there is not */
    static Settings read(Configuration configuration) {
        ServerConfig server = ServerConfig.from(configuration);
        Path dataDir = server.dataDir();
        RecommendConfig recommend = RecommendConfig.from(configuration);
        OnlineAgentConfig online = OnlineAgentConfig.from(configuration, dataDir, recommend);
        Settings settings = new Settings(
                server,
                AdminKeys.checked(configuration.text("server.admin-key", "")),
                held(configuration, dataDir, learning(configuration, online)),
                new Answers(
                        recommend,
                        ActionWorth.from(configuration, "recommend.worth"),
                        AdmissionConfig.from(configuration, server.workers()),
                        configuration.integer("recommend.threads", server.workers(), 0, 1024)),
                new Models(
                        InferenceConfig.from(configuration),
                        VectorIndexConfig.from(configuration).withDirectory(dataDir.resolve("indexes")),
                        configuration.flag("models.keep-previous", true),
                        configuration.flag("models.require-signature", false)),
                TrainingAgentConfig.from(configuration, dataDir),
                online);
        configuration.rejectUnknown();
        return settings;
    }

    private static Learning learning(Configuration configuration, OnlineAgentConfig online) {
        if (online.enabled()) {
            return Learning.ONLINE;
        }
        return TrainingAgentConfig.learnsRankers(configuration) ? Learning.TRAININGS : Learning.NONE;
    }

    private static Held held(Configuration configuration, Path dataDir, Learning learning) {
        EventLogConfig log = EventLogConfig.from(configuration);
        return new Held(
                KeyConfig.from(configuration, dataDir),
                log,
                StoreSettings.from(configuration),
                SnapshotConfig.from(configuration, log.isShortened(), learning),
                FeaturesConfig.from(configuration),
                RetrievalConfig.from(configuration));
    }
}
