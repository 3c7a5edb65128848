package dev.millrace.benchmarks.store;

import static dev.millrace.benchmarks.store.measure.KeyBatches.BATCH;

import dev.millrace.benchmarks.store.engine.EngineOpener;
import dev.millrace.benchmarks.store.engine.EngineSetup;
import dev.millrace.benchmarks.store.engine.ProcessUsage;
import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.engine.StoreReader;
import dev.millrace.benchmarks.store.measure.BatchClock;
import dev.millrace.benchmarks.store.measure.Figures;
import dev.millrace.benchmarks.store.measure.KeyBatches;
import dev.millrace.benchmarks.store.measure.ReadLoop;
import dev.millrace.benchmarks.store.measure.Summary;
import dev.millrace.benchmarks.store.measure.Verification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A store after its process was killed in the middle of upserts: how soon it answers right, and how soon at full speed: W6.
 * Owned by one thread.
 *
 * <p>A {@link StoreWriter} loads the store and upserts until it is killed; it says which batches were acknowledged. Every
 * acknowledged row must be there again, in that version or a later one.
 */
final class RestartWorkload {
    private static final Logger log = LoggerFactory.getLogger(RestartWorkload.class);
    private static final Duration SLICE = Duration.ofMillis(100);
    private static final int MOST_SLICES = 600;
    private static final int LEAST_SLICES = 4;
    private static final double FULL = 0.95;

    private final Fork fork;
    private final Figures figures;
    private final RowSource rows;
    /** The newest version that was acknowledged, by key. */
    private final Map<Long, Long> acknowledged = new TreeMap<>();

    RestartWorkload(Fork fork, Figures figures) {
        this.fork = fork;
        this.figures = figures;
        rows = fork.source();
    }

    void run() throws IOException, InterruptedException {
        // Neither looking through the class path for a store nor setting up the log of a process, which is there before
        // it opens
        // one, belongs to opening it.
        EngineOpener opener = StoreFork.opener(fork.engine());
        log.info("{} is loaded and killed", fork.engine());
        EngineSetup setup = fork.setup(rows.rowBytes());
        writeAndKill();
        long began = System.nanoTime();
        try (StoreEngine engine = opener.open(setup);
                StoreReader reader = engine.newReader()) {
            firstRead(reader);
            figures.add("firstReadSeconds", (System.nanoTime() - began) / 1e9);
            figures.add("rebuildByFirstRead", figures.get("rebuildSeconds") / figures.get("firstReadSeconds"));
            reachFullSpeed(engine, reader, began);
            checkAcknowledged(reader);
        }
    }

    private void writeAndKill() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-") && !argument.startsWith("-Dmillrace"))
                .forEach(command::add);
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", StoreWriter.class.getName()));
        command.addAll(fork.arguments());
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        Process writer = builder.start();
        try (BufferedReader said = writer.inputReader(StandardCharsets.US_ASCII)) {
            readWriter(said);
        } finally {
            // Its server, where it has one, dies as it does: neither is asked.
            List<ProcessHandle> servers = writer.descendants().toList();
            writer.destroyForcibly();
            servers.forEach(ProcessHandle::destroyForcibly);
            writer.waitFor();
            servers.forEach(server -> server.onExit().join());
        }
    }

    /** Until as many batches were acknowledged as there are to check. */
    private void readWriter(BufferedReader said) throws IOException {
        int batches = 0;
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "loaded" -> figures.add("rebuildSeconds", Double.parseDouble(words[1]));
                case "acknowledged" -> {
                    note(Long.parseLong(words[1]));
                    if (++batches == StoreWriter.BATCHES) {
                        return;
                    }
                }
                default -> throw new IOException("the writer said '" + line + "'");
            }
        }
        throw new IOException("the writer ended after " + batches + " batches; see the fork's log");
    }

    private void note(long version) {
        SplittableRandom random = StoreWriter.random(fork, version);
        for (int i = 0; i < StoreWriter.BATCH_ROWS; i++) {
            acknowledged.put(rows.key(random.nextLong(rows.count())), version);
        }
    }

    private void firstRead(StoreReader reader) {
        long[] key = {acknowledged.keySet().iterator().next()};
        MemorySegment row = Arena.ofAuto().allocate(rows.rowBytes(), 64);
        int found = reader.multiGet(key, 1, row);
        Verification.checkRows(rows, key, 1, found, row);
    }

    /**
     * Full speed is the median of what was seen last, when the store has done what it does after a start; reading goes on until that is
     * clear.
     */
    private void reachFullSpeed(StoreEngine engine, StoreReader reader, long began) {
        ReadLoop reads = new ReadLoop(reader, rows, KeyBatches.zipf(rows, ReadWorkload.EXPONENT, fork.round()));
        List<Double> rates = new ArrayList<>();
        List<Double> ends = new ArrayList<>();
        OtherProcesses others = new OtherProcesses();
        int last = Math.clamp(fork.duration().toMillis() / SLICE.toMillis(), LEAST_SLICES, MOST_SLICES / 3);
        int until = 3 * last;
        while (rates.size() < Math.min(MOST_SLICES, until)) {
            rates.add(BatchClock.run(reads, SLICE, () -> 0).keysPerSecond());
            ends.add((System.nanoTime() - began) / 1e9);
            if (!engine.isWarm()) {
                until = Math.max(until, rates.size() + last);
            }
            if (rates.size() % last == 0) {
                others.look();
            }
        }
        others.addTo(figures);
        double full =
                Summary.of(rates.subList(rates.size() - last, rates.size())).median();
        for (int i = 0; i < rates.size(); i++) {
            if (rates.get(i) >= FULL * full) {
                figures.add("fullSpeedSeconds", ends.get(i));
                figures.add("full.keysPerSecond", full);
                return;
            }
        }
    }

    /**
     * How many cores other processes used, in the worst part of the time; the kernel's threads aside, which are counted for themselves:
     * they take the killed process's memory apart and read the disk, which a crash costs.
     */
    private static final class OtherProcesses {
        private long nanos;
        private long others;
        private long kernel;
        private double mostOthers;
        private double mostKernel;

        OtherProcesses() {
            look();
            mostOthers = 0;
            mostKernel = 0;
        }

        void look() {
            long kernelNow = ProcessUsage.kernelCpuNanos();
            long othersNow = ProcessUsage.machineCpuNanos() - ProcessUsage.cpuNanos() - kernelNow;
            long now = System.nanoTime();
            mostOthers = Math.max(mostOthers, (double) (othersNow - others) / (now - nanos));
            mostKernel = Math.max(mostKernel, (double) (kernelNow - kernel) / (now - nanos));
            nanos = now;
            others = othersNow;
            kernel = kernelNow;
        }

        void addTo(Figures figures) {
            figures.add("full" + BatchClock.OTHERS, mostOthers);
            figures.add("full.kernelCores", mostKernel);
        }
    }

    private void checkAcknowledged(StoreReader reader) {
        List<Map.Entry<Long, Long>> all = List.copyOf(acknowledged.entrySet());
        long[] keys = new long[BATCH];
        MemorySegment out = Arena.ofAuto().allocate((long) BATCH * rows.rowBytes(), 64);
        for (int from = 0; from < all.size(); from += BATCH) {
            int count = Math.min(BATCH, all.size() - from);
            for (int i = 0; i < count; i++) {
                keys[i] = all.get(from + i).getKey();
            }
            int found = reader.multiGet(keys, count, out);
            Verification.checkRows(rows, keys, count, found, out);
            for (int i = 0; i < count; i++) {
                Verification.checkVersion(keys[i], all.get(from + i).getValue(), out, (long) i * rows.rowBytes());
            }
        }
        figures.add("acknowledgedRows", (double) all.size());
    }
}
