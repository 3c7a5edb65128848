package dev.millrace.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.cli.doctor.Finding.Verdict;
import dev.millrace.runtime.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class ProbeTest {
    @TempDir
    private Path root = Path.of("");

    @Test
    void cores_avx512AndVnni_areGood() throws IOException {
        write("proc/cpuinfo", "model name\t: Zen 5\nflags\t\t: fpu avx2 avx512f avx512_vnni\n");
        List<Finding> findings = new CoreProbe(new MachineFiles(root), 8).examine();
        assertEquals("8 × Zen 5", of(findings, "Cores").value());
        assertEquals("AVX-512", of(findings, "SIMD").value());
        assertEquals(Verdict.GOOD, of(findings, "int8").verdict());
    }

    @Test
    void cores_avx2WithoutVnni_limitsInt8() throws IOException {
        write("proc/cpuinfo", "flags : fpu avx2\n");
        List<Finding> findings = new CoreProbe(new MachineFiles(root), 1).examine();
        assertEquals(Verdict.GOOD, of(findings, "SIMD").verdict());
        assertEquals(Verdict.LIMITED, of(findings, "int8").verdict());
        assertEquals(Verdict.LIMITED, of(findings, "Cores").verdict());
    }

    @Test
    void nodes_severalOnesAndGarbage_areTold() throws IOException {
        CoreProbe probe = new CoreProbe(new MachineFiles(root), 8);
        assertEquals("1 node", of(probe.examine(), "NUMA").value());
        write("sys/devices/system/node/online", "0-2\n");
        write("sys/devices/system/node/has_memory", "0-1\n");
        write("sys/devices/system/node/has_cpu", "0-2\n");
        Finding several = of(probe.examine(), "NUMA");
        assertEquals(Verdict.LIMITED, several.verdict());
        assertEquals("3 nodes, with memory and processors [0, 1]", several.value());
        write("sys/devices/system/node/online", "many\n");
        Finding garbage = of(probe.examine(), "NUMA");
        assertEquals(Verdict.LIMITED, garbage.verdict());
        assertTrue(garbage.value().contains("says 'many'"), garbage.value());
    }

    @Test
    void memory_containerLimit_winsOverTheMachine() throws IOException {
        write("proc/meminfo", "MemTotal:       33554432 kB\nMemAvailable:   16777216 kB\nHugePages_Total:       7\n");
        write("sys/fs/cgroup/memory.max", "2147483648\n");
        List<Finding> findings = new MemoryProbe(new MachineFiles(root)).examine();
        assertEquals(Verdict.LIMITED, of(findings, "Memory").verdict());
        assertTrue(of(findings, "Memory").value().startsWith("2.0 GiB (container limit), 16 GiB available"));
    }

    @Test
    void hugePages_never_namesTheSwitch() throws IOException {
        write("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n");
        Finding finding = of(new MemoryProbe(new MachineFiles(root)).examine(), "Huge pages");
        assertEquals(Verdict.LIMITED, finding.verdict());
        assertTrue(finding.meaning().contains("echo madvise"), finding.meaning());
    }

    @Test
    void machine_withoutKernelFiles_isExaminedAllTheSame() {
        List<Finding> findings = new Examination(new MachineFiles(root), root, Configuration.empty()).examine();
        assertTrue(findings.size() >= 14, findings.toString());
    }

    @Test
    void gpu_driverPresent_isNamed() throws IOException {
        write("proc/driver/nvidia/version", "NVRM version: 570\nGCC version: 12\n");
        write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA H100\nIRQ: 1\n");
        Finding finding = new AcceleratorProbe(new MachineFiles(root)).examine();
        assertEquals("1 × NVIDIA H100; NVRM version: 570", finding.value());
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static Finding of(List<Finding> findings, String subject) {
        return findings.stream()
                .filter(finding -> finding.subject().equals(subject))
                .findFirst()
                .orElseThrow();
    }
}
