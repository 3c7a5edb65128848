package dev.millrace.cli.doctor;

import dev.millrace.inference.ExecutionProvider;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the ONNX Runtime on the class path can run graphs on. Immutable. */
final class ProviderProbe {
    Finding examine() {
        try {
            String found = names(true);
            String absent = names(false);
            return Finding.good(
                    "Execution providers",
                    found + (absent.isEmpty() ? "" : "; not in this build: " + absent),
                    "Choose with inference.provider. All but cpu need their own build of ONNX Runtime and their vendor's"
                            + " libraries, and have not been run on a real device.");
        } catch (LinkageError
                | IllegalStateException e) { // the native library does not load: the next finding says so too
            return Finding.limited(
                    "Execution providers",
                    "ONNX Runtime does not start: " + e.getMessage(),
                    "Models do not score; answers come from popularity and co-visitation.");
        }
    }

    private static String names(boolean builtIn) {
        return Arrays.stream(ExecutionProvider.values())
                .filter(provider -> provider.isBuiltIn() == builtIn)
                .map(provider -> provider.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}
