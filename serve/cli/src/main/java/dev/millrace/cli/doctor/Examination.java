package dev.millrace.cli.doctor;

import dev.millrace.runtime.Configuration;
import dev.millrace.server.hold.ColdSettings;
import dev.millrace.storage.personal.KeyConfig;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks at everything of a machine that Millrace's speed and safety depend on. Immutable. */
public final class Examination {
    private final MachineFiles files;
    private final Path folder;
    private final Configuration configuration;

    /**
     * @param folder an existing folder on the disk that would hold the data
     * @param configuration of a server on it
     */
    public Examination(Path folder, Configuration configuration) {
        this(new MachineFiles(Path.of("/")), folder, configuration);
    }

    Examination(MachineFiles files, Path folder, Configuration configuration) {
        this.configuration = configuration;
        this.files = files;
        this.folder = folder;
    }

    /** Takes about a second: it waits for the disk. */
    public List<Finding> examine() {
        List<Finding> findings = new ArrayList<>(new JavaProbe().examine());
        findings.addAll(new CoreProbe(files, Runtime.getRuntime().availableProcessors()).examine());
        findings.addAll(new MemoryProbe(files).examine());
        findings.addAll(new DiskProbe(folder).examine());
        findings.add(new ColdTierProbe(ColdSettings.from(configuration)).examine());
        findings.add(new UserKeysProbe(folder.resolve("log"), KeyConfig.from(configuration, folder)).examine());
        findings.add(new AcceleratorProbe(files).examine());
        findings.add(new ProviderProbe().examine());
        findings.addAll(new NativeProbe(Examination.class.getClassLoader()).examine());
        return List.copyOf(findings);
    }
}
