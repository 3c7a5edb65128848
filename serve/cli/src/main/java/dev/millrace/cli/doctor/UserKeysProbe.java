package dev.millrace.cli.doctor;

import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.KeyTableReport;

import java.io.IOException;
import java.nio.file.Path;

/** Whether the keys of a data directory's users can be read, and who else could. Immutable. */
final class UserKeysProbe {
    private static final String SUBJECT = "keys of users";

    private final Path log;
    private final KeyConfig config;

    /** @param log whose events they encrypt; it may not be there yet */
    UserKeysProbe(Path log, KeyConfig config) {
        this.log = log;
        this.config = config;
    }

    Finding examine() {
        try {
            SegmentEventLog.requireKeys(log, config);
            return found();
        } catch (IOException | MillraceException | InvalidValueException e) {
            return Finding.missing(SUBJECT, String.valueOf(e.getMessage()), "The server does not start.");
        }
    }

    private Finding found() throws IOException {
        try (KeyTable keys = config.openReadOnly()) {
            return keys == null
                    ? Finding.good(
                            SUBJECT,
                            "none in " + config.directory(),
                            "The first start makes a key table and a master key.")
                    : found(keys.report());
        }
    }

    private Finding found(KeyTableReport report) {
        String value = report.people() + " users, erased ones included, generation " + report.generation()
                + ", master key " + report.masterKey();
        if (report.damaged() > 0) {
            return Finding.limited(
                    SUBJECT,
                    value + ", " + report.damaged() + " damaged records",
                    "The events of users whose keys are damaged are lost; put a copy of the key table back.");
        }
        return config.isBesideTable()
                ? Finding.limited(
                        SUBJECT,
                        value,
                        "The master key " + config.masterFile()
                                + " lies on the disk that it is to protect: a copy of the data"
                                + " directory holds both. Move it and set keys.master-file, or give it as MILLRACE_KEYS_MASTER_KEY.")
                : Finding.good(SUBJECT, value, "A copy of the data directory alone tells nothing of users.");
    }
}
