package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.engine.EngineOpener;
import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.measure.Figures;

import java.io.IOException;
import java.util.ServiceLoader;

/** The process of one {@link Fork}: measures it and prints the figures, or says {@code not offered} and why. */
public final class StoreFork {
    static final String NOT_OFFERED = "not offered: ";

    private StoreFork() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Fork fork = Fork.parse(arguments);
        try {
            System.out.print(measure(fork).lines());
        } catch (UnsupportedOperationException e) {
            System.out.println(NOT_OFFERED + e.getMessage());
        }
    }

    static Figures measure(Fork fork) throws IOException, InterruptedException {
        Figures figures = new Figures();
        if (fork.engine() == EngineName.RANDOM_ACCESS) {
            new RandomAccessProbe(fork, figures).run();
            return figures;
        }
        if (fork.engine() == EngineName.RAW_APPEND) {
            new RawAppendProbe(fork, figures).run();
            return figures;
        }
        if (fork.workload() == Workload.W6) {
            new RestartWorkload(fork, figures).run();
            return figures;
        }
        RowSource rows = fork.source();
        try (StoreEngine engine = open(fork, rows)) {
            switch (fork.workload()) {
                case W1, W2, W5 -> new ReadWorkload(engine, rows, fork, figures).run();
                case W4 -> new StreamWorkload(engine, rows, fork, figures).run();
                case W7 -> new SwapWorkload(engine, rows, fork, figures).run();
                case SCAN -> new ScanWorkload(engine, rows, fork, figures).run();
                case W6 -> throw new AssertionError("opens its stores itself");
            }
        }
        return figures;
    }

    static StoreEngine open(Fork fork, RowSource rows) throws IOException {
        return opener(fork.engine()).open(fork.setup(rows.rowBytes()));
    }

    /** @throws IllegalStateException if the class path has no such store */
    static EngineOpener opener(EngineName name) {
        for (EngineOpener opener : ServiceLoader.load(EngineOpener.class)) {
            if (opener.name() == name) {
                return opener;
            }
        }
        throw new IllegalStateException("the class path has no " + name.label() + "; build verify/peers");
    }
}
