package dev.millrace.cli;

import dev.millrace.model.MillraceException;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.models.Registry;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Reads published versions as a server would, and tells which of them it would refuse. Owned by one command. */
final class RegistryVerification {
    private final Registry registry;

    RegistryVerification(Registry registry) {
        this.registry = registry;
    }

    /** @param problem null where the version is whole */
    private record Verdict(String version, @Nullable String problem) {}

    /** @param version null for all */
    int print(@Nullable String version, PrintWriter out, OutputOptions output) throws IOException {
        List<Verdict> verdicts = new ArrayList<>();
        for (String one : version == null ? registry.versions() : List.of(version)) {
            verdicts.add(verify(one));
        }
        if (output.isJson()) {
            out.println(OutputOptions.document(verdicts));
        } else {
            verdicts.forEach(verdict -> out.println(verdict.version + "  "
                    + (verdict.problem == null ? "whole and signed as it must be" : verdict.problem)));
        }
        out.flush();
        return verdicts.stream().allMatch(verdict -> verdict.problem == null) ? ExitCode.OK : ExitCode.FAILED;
    }

    private Verdict verify(String version) throws IOException {
        try {
            return new Verdict(
                    version, registry.open(version).isPresent() ? null : "no such version; see millrace models list");
        } catch (BundleRefusedException | MillraceException e) {
            return new Verdict(version, e.getMessage());
        }
    }
}
