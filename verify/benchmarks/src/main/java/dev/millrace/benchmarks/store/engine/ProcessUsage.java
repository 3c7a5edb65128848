package dev.millrace.benchmarks.store.engine;

import com.sun.management.OperatingSystemMXBean;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What this process uses. Stateless. */
public final class ProcessUsage {
    static final long CLOCK_TICK_NANOS = 10_000_000;

    private ProcessUsage() {}

    /** CPU time of all threads, the collector's and the compiler's among them. */
    public static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** CPU time of all processes of the machine, which the kernel counts in hundredths of a second; 0 where it does not. */
    public static long machineCpuNanos() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
            String[] fields = lines.findFirst().orElse("cpu").split("\\s+");
            long ticks = 0;
            // User, nice and system time, then interrupts behind idle and waiting time: see proc(5).
            for (int field : new int[] {1, 2, 3, 6, 7}) {
                ticks += field < fields.length ? Long.parseLong(fields[field]) : 0;
            }
            return ticks * CLOCK_TICK_NANOS;
        } catch (IOException notLinux) {
            return 0;
        }
    }

    /**
     * CPU time of the kernel's own threads, which read and write the disk for processes and take back the memory of those that ended, in
     * hundredths of a second; 0 where nobody says. Of those that ended, nothing is known.
     */
    public static long kernelCpuNanos() {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                            .filter(process -> Character.isDigit(
                                    process.getFileName().toString().charAt(0)))
                            .mapToLong(process -> kernelTicks(process.resolve("stat")))
                            .sum()
                    * CLOCK_TICK_NANOS;
        } catch (IOException notLinux) {
            return 0;
        }
    }

    /** 0 for what is no thread of the kernel's: its parent is then another than process 2. */
    private static long kernelTicks(Path stat) {
        try {
            return kernelTicks(Files.readString(stat));
        } catch (IOException ended) {
            return 0;
        }
    }

    static long kernelTicks(String stat) {
        // The name before it may have spaces and brackets: see proc(5).
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return fields[1].equals("2") ? Long.parseLong(fields[11]) + Long.parseLong(fields[12]) : 0;
    }

    /** Resident memory; 0 where the system does not say. */
    public static long residentBytes() {
        try {
            return residentBytes(Files.readString(Path.of("/proc/self/status")));
        } catch (IOException notLinux) {
            return 0;
        }
    }

    /** The resident memory that a {@code /proc/PID/status} names. */
    static long residentBytes(String status) {
        return status.lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElse(0);
    }

    /** What lies in the heap after a collection. */
    public static long heapBytesInUse() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
