package dev.millrace.cli.doctor;

import dev.millrace.kernels.NumaTopology;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Cores, NUMA nodes and the instruction sets that scoring uses. Immutable. */
final class CoreProbe {
    private final MachineFiles files;
    private final int cores;

    CoreProbe(MachineFiles files, int cores) {
        this.files = files;
        this.cores = cores;
    }

    List<Finding> examine() {
        return List.of(cores(), instructions(), int8(), nodes());
    }

    private Finding cores() {
        String model = files.field("proc/cpuinfo", "model name").orElse(System.getProperty("os.arch"));
        String value = cores + " × " + model;
        if (cores < 2) {
            return Finding.limited(
                    "Cores",
                    value,
                    "Serving and background training share one core: expect slower answers in training.");
        }
        return Finding.good(
                "Cores",
                value,
                "Background training takes one thread at low priority; serving scales with the other cores.");
    }

    private Finding instructions() {
        Set<String> flags = flags();
        if (flags.contains("avx512f")) {
            return Finding.good("SIMD", "AVX-512", "16 floats at once in vector search and scoring.");
        }
        if (flags.contains("avx2")) {
            return Finding.good(
                    "SIMD",
                    "AVX2, no AVX-512",
                    "8 floats at once; AVX-512 would help wide models more than small ones.");
        }
        if (flags.contains("asimd") || "aarch64".equals(System.getProperty("os.arch"))) {
            return Finding.good("SIMD", "NEON", "4 floats at once.");
        }
        return Finding.limited(
                "SIMD", flags.isEmpty() ? "unknown" : "no AVX2", "Vector search and scoring are several times slower.");
    }

    private Finding int8() {
        Set<String> flags = flags();
        String found = flags.contains("amx_int8")
                ? "AMX"
                : flags.contains("avx512_vnni") ? "AVX-512 VNNI" : flags.contains("avx_vnni") ? "AVX-VNNI" : "";
        if (!found.isEmpty()) {
            return Finding.good("int8", found, "Compressed models run on int8 dot-product instructions.");
        }
        return Finding.limited(
                "int8",
                "no VNNI",
                "int8 models take a quarter of the memory, but are only 1.5 to 3 times faster; weights must be signed.");
    }

    private Finding nodes() {
        NumaTopology topology;
        try {
            topology = NumaTopology.read(files.root());
        } catch (IOException e) {
            return Finding.limited(
                    "NUMA", String.valueOf(e.getMessage()), "Memory of tables lies where the system puts it.");
        }
        int nodes = topology.online().size();
        if (nodes == 1) {
            return Finding.good("NUMA", "1 node", "All memory is equally near.");
        }
        return Finding.limited(
                "NUMA",
                nodes + " nodes, with memory and processors " + topology.whole(),
                "Tables are interleaved over these. For even latency run one process per node (numactl --cpunodebind"
                        + " --membind); its policy is kept.");
    }

    private Set<String> flags() {
        String line = files.field("proc/cpuinfo", "flags")
                .or(() -> files.field("proc/cpuinfo", "Features"))
                .orElse("");
        return new HashSet<>(Arrays.asList(line.split(" ", -1)));
    }
}
