package dev.millrace.training.distill;

import dev.millrace.training.distill.TeacherCache.CachedPlaces;
import org.bytedeco.javacpp.PointerScope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Asks a teacher for its opinion of all cached positions, window by window. Owned by the training thread.
 *
 * <p>Windows overlap by a half, and of each but the first only the newer half is kept: every position is judged with at
 * least half of the history that the teacher can read.
 */
final class TeacherInterview {
    private static final int BATCH_TOKENS = 1_600;

    private final Teacher teacher;
    private final int[][] sequences;
    private final CachedPlaces places;

    TeacherInterview(Teacher teacher, int[][] sequences, CachedPlaces places) {
        this.teacher = teacher;
        this.sequences = sequences;
        this.places = places;
    }

    /** Receives the opinions of some positions and the slots they belong to. */
    interface Listener {
        void onOpinion(long[] slots, Teacher.Opinion opinion);
    }

    /** A stretch of a user's known items: read from {@code first}, judged from {@code from}, both up to {@code end}. */
    private record Window(History history, int first, int from, int end) {
        int length() {
            return end - first;
        }
    }

    /**
     * A user's items that the teacher knows.
     *
     * @param items in the teacher's numbers
     * @param slots where the opinion behind each belongs; −1 for none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record History(int[] items, long[] slots) {}

    void all(double temperature, int kept, Listener listener) {
        List<Window> windows = new ArrayList<>();
        for (int user = 0; user < sequences.length; user++) {
            cut(history(user), windows);
        }
        windows.sort(Comparator.comparingInt(Window::length).reversed());
        for (int from = 0; from < windows.size(); ) {
            int length = windows.get(from).length();
            int to = Math.min(windows.size(), from + Math.max(1, BATCH_TOKENS / length));
            ask(windows.subList(from, to), temperature, kept, listener);
            from = to;
        }
    }

    /** A position whose item the teacher does not know is judged by none: its slot keeps zeros, all for the rest. */
    private History history(int user) {
        int[] translated = teacher.translate(sequences[user]);
        int first = places.firstCached(user);
        int[] items = new int[translated.length];
        long[] slots = new long[translated.length];
        int count = 0;
        for (int i = 0; i < translated.length - 1; i++) {
            if (translated[i] >= 0) {
                slots[count] = i < first ? -1 : places.firstSlot(user) + i - first;
                items[count++] = translated[i];
            }
        }
        return new History(Arrays.copyOf(items, count), Arrays.copyOf(slots, count));
    }

    private void cut(History history, List<Window> windows) {
        int length = teacher.historyLength();
        int step = Math.max(1, length / 2);
        int count = history.items().length;
        for (int end = Math.min(length, count), judged = 0; judged < count; end = Math.min(count, end + step)) {
            Window window = new Window(history, Math.max(0, end - length), judged, end);
            if (wants(window)) {
                windows.add(window);
            }
            judged = end;
        }
    }

    private static boolean wants(Window window) {
        for (int i = window.from(); i < window.end(); i++) {
            if (window.history().slots()[i] >= 0) {
                return true;
            }
        }
        return false;
    }

    private void ask(List<Window> windows, double temperature, int kept, Listener listener) {
        int length = windows.getFirst().length();
        int[] items = new int[windows.size() * length];
        int wanted = 0;
        for (Window window : windows) {
            wanted += window.end() - window.from();
        }
        int[] positions = new int[wanted];
        int[][] histories = new int[wanted][];
        int[] ends = new int[wanted];
        long[] slots = new long[wanted];
        int count = 0;
        for (int row = 0; row < windows.size(); row++) {
            Window window = windows.get(row);
            History history = window.history();
            System.arraycopy(history.items(), window.first(), items, row * length, window.length());
            for (int i = window.from(); i < window.end(); i++) {
                if (history.slots()[i] >= 0) {
                    positions[count] = row * length + i - window.first();
                    histories[count] = history.items();
                    ends[count] = i + 1;
                    slots[count++] = history.slots()[i];
                }
            }
        }
        try (PointerScope _ = new PointerScope()) {
            Teacher.Windows asked = new Teacher.Windows(
                    windows.size(), length, items, Arrays.copyOf(positions, count), histories, ends);
            listener.onOpinion(Arrays.copyOf(slots, count), teacher.ask(asked, temperature, kept));
        }
    }
}
