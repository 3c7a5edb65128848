package dev.millrace.server.follow;

import dev.millrace.features.Catalog;
import dev.millrace.models.Bundle;
import dev.millrace.models.Registry;
import dev.millrace.recommend.live.CatalogVotes;
import dev.millrace.retrieval.RidgeSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/**
 * The live sequential ridge. It is looked at again where the catalogue has grown and may know items by now that the ridge names. Owned
 * by the watcher.
 */
public final class RidgePointer implements Pointer {
    private static final Logger log = LoggerFactory.getLogger(RidgePointer.class);

    /** The part by which a catalogue must have grown: each reading copies all votes. */
    private static final double NOTABLE_GROWTH = 0.01;

    private final Registry registry;
    private final RidgeSource source;
    private final Catalog catalog;
    private String base = "";
    private int unknown;
    private int catalogSize;

    public RidgePointer(Registry registry, RidgeSource source, Catalog catalog) {
        this.registry = registry;
        this.source = source;
        this.catalog = catalog;
    }

    @Override
    public String kind() {
        return "ridge";
    }

    @Override
    public @Nullable String wanted() throws IOException {
        return registry.liveRidge();
    }

    @Override
    public String base() {
        if (unknown > 0 && catalog.size() > catalogSize * (1 + NOTABLE_GROWTH)) {
            catalogSize =
                    catalog.size(); // also where it cannot be read then: each item more is no reason to try at once
            base = "a catalogue of " + catalogSize;
        }
        return base;
    }

    @Override
    public boolean restore(String version) {
        return false;
    }

    @Override
    public void take(Bundle bundle) throws IOException {
        int size = catalog.size();
        CatalogVotes read = CatalogVotes.of(bundle, catalog);
        source.replace(read.votes());
        unknown = read.unknown();
        catalogSize = size;
        log.info("ridge {} proposes candidates; {} of its items are not in the catalogue", bundle.version(), unknown);
    }

    @Override
    public String present() {
        return source.version().isEmpty() ? "the other sources" : source.version();
    }
}
