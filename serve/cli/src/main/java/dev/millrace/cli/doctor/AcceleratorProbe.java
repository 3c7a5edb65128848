package dev.millrace.cli.doctor;

import java.util.List;
import java.util.Optional;

/** NVIDIA devices and their driver. Immutable. */
final class AcceleratorProbe {
    private static final String DRIVER = "proc/driver/nvidia";

    private final MachineFiles files;

    AcceleratorProbe(MachineFiles files) {
        this.files = files;
    }

    Finding examine() {
        List<String> devices = files.names(DRIVER + "/gpus", "");
        if (devices.isEmpty()) {
            return Finding.good("GPU", "none", "Not needed: training and scoring run on the cores.");
        }
        Optional<String> model = files.field(DRIVER + "/gpus/" + devices.getFirst() + "/information", "Model");
        Optional<String> version =
                files.text(DRIVER + "/version").stream().flatMap(String::lines).findFirst();
        return Finding.limited(
                "GPU",
                devices.size() + " × " + model.orElse("unknown model")
                        + version.map(v -> "; " + v).orElse(""),
                "Found, but this build trains and scores on the cores; the GPU builds of the engines are separate downloads.");
    }
}
