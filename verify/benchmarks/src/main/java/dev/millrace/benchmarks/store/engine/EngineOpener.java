package dev.millrace.benchmarks.store.engine;

import java.io.IOException;

/** A kind of store that the benchmark can open; found as a service, so that peers' libraries stay in the forks that need them. */
public interface EngineOpener {
    /** As {@link EngineName} has it. */
    EngineName name();

    /** Opens a store in {@code setup.directory()}: what is there already, or an empty one. */
    StoreEngine open(EngineSetup setup) throws IOException;
}
