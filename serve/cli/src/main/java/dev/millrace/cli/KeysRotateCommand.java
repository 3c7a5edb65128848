package dev.millrace.cli;

import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.KeyTableReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code millrace keys rotate}: wraps the keys of users by another master key, so that older copies of them are of no use. */
@Command(
        name = "rotate",
        description = {
            "Writes the key table anew, wrapped by another master key and without the keys that were dropped.",
            "Once the old master key is destroyed, every copy of the key table from before is unreadable. Stop the server"
                    + " first; users keep their keys."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  umask 077; openssl rand -hex 32 > /mnt/secrets/millrace-2.key",
            "  millrace keys rotate --data-dir millrace-data --new-master-file /mnt/secrets/millrace-2.key",
            "  millrace serve --data-dir millrace-data --set keys.master-file=/mnt/secrets/millrace-2.key"
        })
final class KeysRotateCommand implements Callable<Integer> {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "millrace-data",
            description = "The folder of a server or an import (default: millrace-data).")
    private Path dataDir = Path.of("millrace-data");

    @Option(
            names = "--new-master-file",
            paramLabel = "FILE",
            required = true,
            description = "The file of the new master key, which exists: 64 hexadecimal digits, for its owner alone.")
    private Path newMasterFile = Path.of("");

    @Mixin
    private SettingOptions settings = new SettingOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(newMasterFile)) {
            throw new CommandFailedException(newMasterFile
                    + " does not exist; make it with 'umask 077; openssl rand -hex 32 > " + newMasterFile + "'");
        }
        KeyConfig config = KeyConfig.from(settings.load(dataDir, List.of()), dataDir);
        if (!config.hasTable()) {
            throw new CommandFailedException(config.directory() + " holds no keys of users; start a server on "
                    + dataDir + " or import into it first");
        }
        MasterKey master = newMaster();
        try (KeyTable keys = config.open(Clock.system())) {
            String before = keys.report().masterKey();
            if (before.equals(master.id())) {
                throw new CommandFailedException(
                        newMasterFile + " holds the master key that wraps the keys already; give another");
            }
            keys.rewrite(master);
            report(before, keys.report());
        }
        return ExitCode.OK;
    }

    private MasterKey newMaster() {
        try {
            return MasterKey.fromFile(newMasterFile);
        } catch (IOException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
    }

    private void report(String before, KeyTableReport report) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("generation", report.generation());
        figures.put("people", report.people());
        figures.put("masterKeyBefore", before);
        figures.put("masterKey", report.masterKey());
        spec.commandLine().getOut().println(output.isJson() ? OutputOptions.document(figures) : text(before, report));
        spec.commandLine().getOut().flush();
    }

    private String text(String before, KeyTableReport report) {
        return "The keys of " + report.people() + " users, erased ones included, are wrapped by master key "
                + report.masterKey()
                + " now (generation " + report.generation() + ").%nStart the server with keys.master-file=".formatted()
                + newMasterFile.toAbsolutePath() + ", and destroy master key " + before
                + ": then no copy of the key table from before can be read.";
    }
}
