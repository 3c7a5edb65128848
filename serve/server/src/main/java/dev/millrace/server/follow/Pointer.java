package dev.millrace.server.follow;

import dev.millrace.models.Bundle;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** A pointer of the registry, and where what it points at is in service. Owned by the watcher. */
public sealed interface Pointer permits SlotPointer, DeltaPointer, RidgePointer {
    /** What it points at, in a word. */
    String kind();

    /** The version that is to be in service now; null for none. */
    @Nullable
    String wanted() throws IOException;

    /**
     * What a version belongs onto: with another base, what was dealt with is looked at again. Empty where it stands by itself; null while
     * there is nothing that it could be put on.
     */
    @Nullable
    String base();

    /** Puts a version back into service that was kept ready; false where there is none to keep, or it must be taken. */
    boolean restore(String version);

    /** Puts a version into service; what is there goes on until it is. */
    void take(Bundle bundle) throws IOException;

    /** Who answers where a version cannot be taken. */
    String present();
}
