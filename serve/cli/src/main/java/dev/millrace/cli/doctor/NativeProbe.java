package dev.millrace.cli.doctor;

import org.jspecify.annotations.Nullable;

import java.net.URL;
import java.util.List;
import java.util.Locale;

/** Whether the engines' native libraries for this system are on the class path. Immutable. */
final class NativeProbe {
    private final ClassLoader loader;

    NativeProbe(ClassLoader loader) {
        this.loader = loader;
    }

    List<Finding> examine() {
        boolean arm = "aarch64".equals(System.getProperty("os.arch"));
        String system = systemName();
        String scoring = "ai/onnxruntime/native/" + system + (arm ? "-aarch64/" : "-x64/");
        String training = "org/bytedeco/pytorch/" + system.replace("osx", "macosx") + (arm ? "-arm64/" : "-x86_64/");
        return List.of(
                library(
                        "ONNX Runtime",
                        scoring + System.mapLibraryName("onnxruntime"),
                        "Models score",
                        "Models do not score; answers come from popularity and co-visitation"),
                library(
                        "libtorch",
                        training + System.mapLibraryName("jnitorch"),
                        "Models are trained here",
                        "No training on this machine; models trained elsewhere can be published"));
    }

    private Finding library(String name, String resource, String works, String fails) {
        @Nullable URL found = loader.getResource(resource);
        if (found == null) {
            return Finding.limited(name, "no library for this system (" + resource + ")", fails + ".");
        }
        return Finding.good(name, resource, works + ".");
    }

    private static String systemName() {
        String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (name.startsWith("mac")) {
            return "osx";
        }
        return name.startsWith("windows") ? "win" : "linux";
    }
}
