package dev.millrace.evaluation.dataset;

import dev.millrace.model.ItemId;
import dev.millrace.samples.SequenceDataset;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * KuaiRand-Pure divided at a moment: what users watched and clicked before it, and every impression from it on.
 *
 * <p>Before the moment a user's sequence is the list of videos watched until 24 April, then the clicks of the events
 * file; of equal videos in a row one is kept. Immutable by convention.
 *
 * @param before the sequences before the moment, by user
 * @param after impressions from the moment on, in the order of time
 */
public record KuaiRandClicks(SequenceDataset before, List<Impression> after) {
    /** 1 May 2022, 00:00 in China. */
    public static final Instant SPLIT = Instant.parse("2022-04-30T16:00:00Z");

    private static final String EVENTS = "events_20220425_20220508.csv";
    private static final String HISTORY = "user_history_to_20220424.tsv";

    public KuaiRandClicks {
        after = List.copyOf(after);
    }

    /** A video that was shown to a user; both are indexes of the dataset. */
    public record Impression(int user, int item, boolean clicked) {}

    /** Whether the folder looks like this dataset. */
    public static boolean isIn(Path folder) {
        return TextFile.exists(folder, EVENTS) && TextFile.exists(folder, HISTORY);
    }

    public static KuaiRandClicks read(Path folder, Instant split) throws IOException {
        Numbering users = new Numbering();
        Numbering items = new Numbering();
        List<List<Integer>> sequences = new ArrayList<>();
        readHistory(folder, users, items, sequences);
        List<Impression> after = readEvents(folder, split.toEpochMilli(), users, items, sequences);
        int[][] rows = new int[users.size()][];
        for (int user = 0; user < rows.length; user++) {
            rows[user] = withoutRepeats(sequences.get(user));
        }
        List<ItemId> vocabulary = items.names().stream().map(ItemId::new).toList();
        return new KuaiRandClicks(new SequenceDataset(vocabulary, rows), after);
    }

    private static void readHistory(Path folder, Numbering users, Numbering items, List<List<Integer>> sequences)
            throws IOException {
        try (BufferedReader lines = TextFile.open(folder, HISTORY)) {
            String[] header = String.valueOf(lines.readLine()).split("\t");
            int user = TextFile.column(header, "user_id", HISTORY);
            int watched = TextFile.column(header, "watch_seq", HISTORY);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split("\t", -1);
                List<Integer> sequence = sequenceOf(users.number(fields[user]), sequences);
                for (String video : fields[watched].strip().split(" ")) {
                    if (!video.isEmpty()) {
                        sequence.add(items.number(video));
                    }
                }
            }
        }
    }

    private static List<Impression> readEvents(
            Path folder, long splitMillis, Numbering users, Numbering items, List<List<Integer>> sequences)
            throws IOException {
        List<Impression> after = new ArrayList<>();
        try (BufferedReader lines = TextFile.open(folder, EVENTS)) {
            String[] header = String.valueOf(lines.readLine()).split(",");
            int user = TextFile.column(header, "user_id", EVENTS);
            int video = TextFile.column(header, "video_id", EVENTS);
            int time = TextFile.column(header, "time_ms", EVENTS);
            int click = TextFile.column(header, "is_click", EVENTS);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split(",", -1);
                Impression impression = new Impression(
                        users.number(fields[user]), items.number(fields[video]), fields[click].equals("1"));
                List<Integer> sequence = sequenceOf(impression.user(), sequences);
                if (Long.parseLong(fields[time]) >= splitMillis) {
                    after.add(impression);
                } else if (impression.clicked()) {
                    sequence.add(impression.item());
                }
            }
        }
        return after;
    }

    private static List<Integer> sequenceOf(int user, List<List<Integer>> sequences) {
        while (sequences.size() <= user) {
            sequences.add(new ArrayList<>());
        }
        return sequences.get(user);
    }

    private static int[] withoutRepeats(List<Integer> items) {
        int[] row = new int[items.size()];
        int count = 0;
        for (int item : items) {
            if (count == 0 || row[count - 1] != item) {
                row[count++] = item;
            }
        }
        return java.util.Arrays.copyOf(row, count);
    }
}
