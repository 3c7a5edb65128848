package dev.millrace.cli.doctor;

import dev.millrace.storage.personal.KeyConfig;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks at everything of a machine that Millrace's speed and safety depend on. Immutable. */
public final class Examination {
    private final MachineFiles files;
    private final Path folder;
    private final KeyConfig keys;

    /**
     * @param folder an existing folder on the disk that would hold the data
     * @param keys of the users in it
     */
    public Examination(Path folder, KeyConfig keys) {
        this(new MachineFiles(Path.of("/")), folder, keys);
    }

    Examination(MachineFiles files, Path folder, KeyConfig keys) {
        this.keys = keys;
        this.files = files;
        this.folder = folder;
    }

    /** Takes about a second: it waits for the disk. */
    public List<Finding> examine() {
        List<Finding> findings = new ArrayList<>(new JavaProbe().examine());
        findings.addAll(new CoreProbe(files, Runtime.getRuntime().availableProcessors()).examine());
        findings.addAll(new MemoryProbe(files).examine());
        findings.addAll(new DiskProbe(folder).examine());
        findings.add(new UserKeysProbe(keys).examine());
        findings.add(new AcceleratorProbe(files).examine());
        findings.add(new ProviderProbe().examine());
        findings.addAll(new NativeProbe(Examination.class.getClassLoader()).examine());
        return List.copyOf(findings);
    }
}
