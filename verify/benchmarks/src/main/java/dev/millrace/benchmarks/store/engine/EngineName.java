package dev.millrace.benchmarks.store.engine;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The stores that are measured, and what their processes need. */
public enum EngineName {
    MILLRACE("Millrace", false, List.of()),
    /** The same with bytes in memory for the floats on disk. */
    MILLRACE_INT8("Millrace-int8", false, List.of()),
    MEMORY_TABLE("MemoryRowTable", false, List.of()),
    CONCURRENT_HASH_MAP("ConcurrentHashMap", true, List.of()),
    CAFFEINE("Caffeine", true, List.of()),
    CHRONICLE_MAP("ChronicleMap", false, Options.CHRONICLE),
    LMDB("LMDB", false, Options.LMDB),
    ROCKSDB("RocksDB", false, List.of()),
    ROCKSDB_GET("RocksDB-get", false, List.of()),
    REDIS("Redis", false, List.of()),
    /** No store, but what any store must do: independent random reads. */
    RANDOM_ACCESS("RandomAccess", false, List.of()),
    /** No store, but what any durable one must do: append and synchronise. */
    RAW_APPEND("RawAppend", false, List.of());

    private final String label;
    private final boolean onHeap;

    @SuppressWarnings("ImmutableEnumChecker") // Made by List.of.
    private final List<String> jvmOptions;

    EngineName(String label, boolean onHeap, List<String> jvmOptions) {
        this.label = label;
        this.onHeap = onHeap;
        this.jvmOptions = jvmOptions;
    }

    /** As reports have it. */
    public String label() {
        return label;
    }

    /** Whether its rows lie in the heap, which must then be large. */
    public boolean isOnHeap() {
        return onHeap;
    }

    /** What this store's process needs beside what all get. */
    public List<String> jvmOptions() {
        return jvmOptions;
    }

    /** Whether it measures the machine and is no store. */
    public boolean isProbe() {
        return this == RANDOM_ACCESS || this == RAW_APPEND;
    }

    public boolean isOurs() {
        return this == MILLRACE || this == MILLRACE_INT8 || this == MEMORY_TABLE;
    }

    /** @throws IllegalArgumentException if no store is called that */
    public static EngineName of(String label) {
        for (EngineName name : values()) {
            if (name.label.toLowerCase(Locale.ROOT).equals(label.strip().toLowerCase(Locale.ROOT))) {
                return name;
            }
        }
        throw new IllegalArgumentException("no store is called '" + label + "'; there are " + labels());
    }

    /** Those that give back every byte as it was. */
    public static Set<EngineName> stores() {
        return EnumSet.complementOf(EnumSet.of(RANDOM_ACCESS, RAW_APPEND, MILLRACE_INT8));
    }

    /** With the probe of the machine's memory. */
    public static Set<EngineName> storesAndProbe() {
        return EnumSet.complementOf(EnumSet.of(RAW_APPEND, MILLRACE_INT8));
    }

    /** Those that can wait until a write is on disk. */
    public static Set<EngineName> durable() {
        return EnumSet.of(MILLRACE, LMDB, ROCKSDB, REDIS);
    }

    /** With the probe of the machine's disk. */
    public static Set<EngineName> durableAndProbe() {
        return EnumSet.of(MILLRACE, LMDB, ROCKSDB, REDIS, RAW_APPEND);
    }

    /** Those that keep to a budget of memory for rows that lie on disk. */
    public static Set<EngineName> budgeted() {
        return EnumSet.of(MILLRACE, MILLRACE_INT8, ROCKSDB, ROCKSDB_GET);
    }

    /** Those that can load a new version beside the one that is read. */
    public static Set<EngineName> swapping() {
        return EnumSet.of(MILLRACE, CONCURRENT_HASH_MAP);
    }

    public static List<String> labels() {
        return List.of(values()).stream().map(EngineName::label).toList();
    }

    /** Kept apart because an enum's constants come before its other static fields. */
    private static final class Options {
        static final List<String> LMDB =
                List.of("--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");

        /** As the documentation of Chronicle's libraries lists them, and without their calls home. */
        static final List<String> CHRONICLE = List.of(
                "-Dchronicle.analytics.disable=true",
                "-Dchronicle.disclaimer.disable=true",
                "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
                "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
                "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
                "--add-opens=java.base/java.io=ALL-UNNAMED",
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                "--add-opens=java.base/java.nio=ALL-UNNAMED");
    }
}
