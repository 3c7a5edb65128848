package dev.millrace.storage.tiered;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a store must hold: the state that was acknowledged last, and the changes that were tried since, of which a crash leaves a
 * first part. Owned by one thread.
 */
final class StoreModel {
    /** A row. @param expiry seconds, 0 for never */
    private record Row(int version, int expiry) {}

    /** Tables with their rows, and aliases. */
    private record State(Map<String, Map<Long, Row>> tables, Map<String, String> aliases) {
        State copy() {
            Map<String, Map<Long, Row>> copies = new TreeMap<>();
            tables.forEach((name, rows) -> copies.put(name, new HashMap<>(rows)));
            return new State(copies, new TreeMap<>(aliases));
        }

        /** What a reader sees at a time. */
        Seen at(int now) {
            Map<String, Map<Long, Integer>> visible = new TreeMap<>();
            tables.forEach((name, rows) -> {
                Map<Long, Integer> versions = new TreeMap<>();
                rows.forEach((key, row) -> {
                    if (row.expiry() == 0 || row.expiry() > now) {
                        versions.put(key, row.version());
                    }
                });
                visible.put(name, versions);
            });
            return new Seen(visible, aliases);
        }
    }

    /** What was seen of a store: by table the version of each key, and by alias its table. */
    record Seen(Map<String, Map<Long, Integer>> tables, Map<String, String> aliases) {}

    /** Something that was tried. */
    private interface Change {
        void apply(State state);
    }

    private State acknowledged = new State(new TreeMap<>(), new TreeMap<>());
    private State newest = acknowledged.copy();
    private final List<Change> tried = new ArrayList<>();

    void put(String table, long key, int version, int expiry) {
        change(state -> state.tables().get(table).put(key, new Row(version, expiry)));
    }

    void remove(String table, long key) {
        change(state -> state.tables().get(table).remove(key));
    }

    void create(String table) {
        change(state -> state.tables().put(table, new HashMap<>()));
    }

    void drop(String table) {
        change(state -> state.tables().remove(table));
    }

    void publish(String alias, String table) {
        change(state -> state.aliases().put(alias, table));
    }

    private void change(Change change) {
        tried.add(change);
        change.apply(newest);
    }

    /** All that was tried is on disk. */
    void acknowledge() {
        acknowledged = newest.copy();
        tried.clear();
    }

    /** What a reader must see while nothing has crashed. */
    Seen newest(int now) {
        return newest.at(now);
    }

    List<String> tables() {
        return List.copyOf(newest.tables().keySet());
    }

    /**
     * Whether a first part of what was tried leads to what was seen after a crash; that is then the state.
     *
     * @return how many changes were lost; −1 where none explains it
     */
    int explain(Seen seen, int now) {
        State state = acknowledged.copy();
        for (int kept = 0; kept <= tried.size(); kept++) {
            if (state.at(now).equals(seen)) {
                int lost = tried.size() - kept;
                newest = state;
                acknowledge();
                return lost;
            }
            if (kept < tried.size()) {
                tried.get(kept).apply(state);
            }
        }
        return -1;
    }
}
