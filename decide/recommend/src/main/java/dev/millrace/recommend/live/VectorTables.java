package dev.millrace.recommend.live;

import dev.millrace.model.MillraceException;

/** Where the item vectors of models lie while they are in service: a table for each, so that one loads beside the other. Thread-safe. */
public interface VectorTables {
    /**
     * An empty table, to be given back with the model.
     *
     * @throws MillraceException UNAVAILABLE while those that are in use leave no room: it is to be asked for again
     */
    VectorTable make(int dimension);
}
