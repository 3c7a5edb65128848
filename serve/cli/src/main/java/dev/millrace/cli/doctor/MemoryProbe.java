package dev.millrace.cli.doctor;

import java.util.List;

/** Memory, its limit in a container, huge pages and persistent memory. Immutable. */
final class MemoryProbe {
    private static final long GIB = 1L << 30;

    private final MachineFiles files;

    MemoryProbe(MachineFiles files) {
        this.files = files;
    }

    List<Finding> examine() {
        return List.of(memory(), hugePages(), persistentMemory());
    }

    private Finding memory() {
        long total = files.memoryBytes("MemTotal");
        if (total < 0) {
            return Finding.limited("Memory", "unknown", "This system does not tell it in /proc/meminfo.");
        }
        long limit = containerLimit();
        long usable = limit > 0 ? Math.min(limit, total) : total;
        String value = Sizes.of(usable) + (usable < total ? " (container limit)" : "") + ", "
                + Sizes.of(files.memoryBytes("MemAvailable")) + " available";
        // A million items of 64 floats with their vector index take about 1 GiB; a user's history about 1 KiB.
        if (usable < 4 * GIB) {
            return Finding.limited("Memory", value, "Enough for the demo and some hundred thousand items and users.");
        }
        return Finding.good(
                "Memory", value, "Plan about 1 GiB for each million items and 1 GiB for each million active users.");
    }

    private long containerLimit() {
        return files.text("sys/fs/cgroup/memory.max")
                .filter(text -> text.chars().allMatch(Character::isDigit) && !text.isEmpty())
                .map(Long::parseLong)
                .orElse(-1L);
    }

    private Finding hugePages() {
        String setting =
                files.text("sys/kernel/mm/transparent_hugepage/enabled").orElse("");
        int open = setting.indexOf('[');
        String mode = open < 0 ? "unknown" : setting.substring(open + 1, setting.indexOf(']'));
        String value = "transparent: " + mode + ", reserved: "
                + files.field("proc/meminfo", "HugePages_Total").orElse("0");
        return switch (mode) {
            case "madvise", "always" ->
                Finding.good(
                        "Huge pages",
                        value,
                        "Large tables can lie on 2 MB pages, about twice as fast to read at random.");
            default ->
                Finding.limited(
                        "Huge pages",
                        value,
                        "Random reads of large tables are slower: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled.");
        };
    }

    private Finding persistentMemory() {
        List<String> devices = files.names("dev", "pmem");
        return devices.isEmpty()
                ? Finding.good("Persistent memory", "none", "Not needed: tables live in memory, the log on the disk.")
                : Finding.good("Persistent memory", String.join(", ", devices), "Found; tables do not use it yet.");
    }
}
