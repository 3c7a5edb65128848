package dev.millrace.storage.tiered;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

import java.util.ArrayList;
import java.util.List;

/**
 * The versions of a table behind one name: tables {@code NAME@…}, each loaded beside the others, one of which the name stands for. So a
 * bad version is left as fast as it came. Thread-safe; nothing is kept here that the store does not know.
 */
public final class TableVersions {
    private static final String SEPARATOR = "@";

    private final TieredStore store;
    private final String name;

    TableVersions(TieredStore store, String name) {
        this.store = store;
        this.name = name;
    }

    /** The versions in the order in which they were made. */
    public List<String> all() {
        return store.namesByAge().stream()
                .filter(table -> table.startsWith(name + SEPARATOR))
                .toList();
    }

    /**
     * The version that the name stands for.
     *
     * @throws MillraceException {@code NOT_FOUND} where none was published
     */
    public String current() {
        return store.currentName(name);
    }

    /** Lets the name stand for a version, at once for everybody who asks from now on; the one before stays as a backup. */
    public void publish(String version) {
        if (!version.startsWith(name + SEPARATOR)) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "table " + version + " is no version of " + name + ", whose names begin with " + name + SEPARATOR);
        }
        store.publish(name, version);
    }

    /**
     * Lets the name stand for the version that was made before the present one. The one that it leaves stays until it is dropped; while
     * it is there, rolling back from a later version leads to it again.
     *
     * @return the version that it leaves
     * @throws MillraceException {@code CONFLICT} where there is none before
     */
    public String rollBack() {
        synchronized (store) {
            String present = current();
            List<String> before = before(present);
            if (before.isEmpty()) {
                throw new MillraceException(
                        ErrorCode.CONFLICT, "there is no version of " + name + " before " + present + " to go back to");
            }
            publish(before.getLast());
            return present;
        }
    }

    /**
     * Drops the oldest versions. The present one stays, and so do those that were made after it, which may be loading.
     *
     * @param backups how many before the present one stay
     * @return what was dropped
     */
    public List<String> dropOldest(int backups) {
        if (backups < 0) {
            throw new IllegalArgumentException("backups " + backups + " must be at least 0");
        }
        synchronized (store) {
            List<String> before = before(current());
            List<String> dropped = before.subList(0, Math.max(0, before.size() - backups));
            dropped.forEach(store::drop);
            return List.copyOf(dropped);
        }
    }

    private List<String> before(String version) {
        List<String> versions = new ArrayList<>(all());
        int at = versions.indexOf(version);
        return at < 0 ? versions : versions.subList(0, at);
    }
}
