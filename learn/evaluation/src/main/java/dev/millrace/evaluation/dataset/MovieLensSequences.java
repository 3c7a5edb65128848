package dev.millrace.evaluation.dataset;

import dev.millrace.model.ItemId;
import dev.millrace.samples.SequenceDataset;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * MovieLens-1M in the order that sequence models are compared on: 6,040 users, 3,416 items.
 *
 * <p>Read from {@code sequences_sas_ids.txt}: line k is user k, with item numbers from 1 in the order of time. That
 * order matters: another order of equal timestamps changes a quarter of the test items. {@code interactions.tsv} beside
 * it gives the items' own ids, so that a bundle trained on imported data can be evaluated too.
 */
public final class MovieLensSequences {
    private static final String SEQUENCES = "sequences_sas_ids.txt";
    private static final String INTERACTIONS = "interactions.tsv";

    private MovieLensSequences() {}

    /** Whether the folder looks like this dataset. */
    public static boolean isIn(Path folder) {
        return TextFile.exists(folder, SEQUENCES);
    }

    public static SequenceDataset read(Path folder) throws IOException {
        List<int[]> sequences = new ArrayList<>();
        int itemCount = 0;
        try (BufferedReader lines = TextFile.open(folder, SEQUENCES)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int[] sequence = parse(line, sequences.size() + 1);
                sequences.add(sequence);
                for (int item : sequence) {
                    itemCount = Math.max(itemCount, item + 1);
                }
            }
        }
        return new SequenceDataset(vocabulary(folder, itemCount), sequences.toArray(int[][]::new));
    }

    /**
     * The sequences with the times that {@code interactions.tsv} gives them; where it is not there, with the place in the
     * sequence as the time.
     */
    public static TimedSequences readTimed(Path folder) throws IOException {
        SequenceDataset dataset = read(folder);
        long[][] times = new long[dataset.userCount()][];
        Map<Long, Long> known = times(folder);
        for (int user = 0; user < times.length; user++) {
            int[] sequence = dataset.sequences()[user];
            times[user] = new long[sequence.length];
            for (int i = 0; i < sequence.length; i++) {
                times[user][i] = known.getOrDefault(key(user, sequence[i]), (long) i);
            }
        }
        return new TimedSequences(dataset, times);
    }

    /** By user and item, of which no pair is in the data twice. */
    private static Map<Long, Long> times(Path folder) throws IOException {
        Map<Long, Long> times = new HashMap<>();
        if (!TextFile.exists(folder, INTERACTIONS)) {
            return times;
        }
        try (BufferedReader lines = TextFile.open(folder, INTERACTIONS)) {
            String[] header = String.valueOf(lines.readLine()).split("\t");
            int user = TextFile.column(header, "sas_user", INTERACTIONS);
            int item = TextFile.column(header, "sas_item", INTERACTIONS);
            int time = TextFile.column(header, "ts", INTERACTIONS);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split("\t");
                times.put(
                        key(Integer.parseInt(fields[user]) - 1, Integer.parseInt(fields[item]) - 1),
                        Long.parseLong(fields[time]));
            }
            return times;
        }
    }

    private static long key(int user, int item) {
        return (long) user << 32 | item;
    }

    private static int[] parse(String line, int number) {
        String[] fields = line.strip().split("\\s+");
        int[] sequence = new int[fields.length];
        for (int i = 0; i < fields.length; i++) {
            try {
                sequence[i] = Integer.parseInt(fields[i]) - 1;
            } catch (NumberFormatException e) {
                sequence[i] = -1;
            }
            if (sequence[i] < 0) {
                throw new IllegalArgumentException(
                        SEQUENCES + " line " + number + ": '" + fields[i] + "' is not an item number from 1 on");
            }
        }
        return sequence;
    }

    private static List<ItemId> vocabulary(Path folder, int itemCount) throws IOException {
        ItemId[] ids = new ItemId[itemCount];
        for (int item = 0; item < itemCount; item++) {
            ids[item] = new ItemId("sas-" + (item + 1));
        }
        if (TextFile.exists(folder, INTERACTIONS)) {
            readIds(folder, ids);
        }
        return List.of(ids);
    }

    private static void readIds(Path folder, ItemId[] ids) throws IOException {
        try (BufferedReader lines = TextFile.open(folder, INTERACTIONS)) {
            String first = lines.readLine();
            String[] header = first == null ? new String[0] : first.split("\t");
            int own = TextFile.column(header, "item", INTERACTIONS);
            int number = TextFile.column(header, "sas_item", INTERACTIONS);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split("\t");
                int item = Integer.parseInt(fields[number]) - 1;
                if (item >= 0 && item < ids.length) {
                    ids[item] = new ItemId(fields[own]);
                }
            }
        }
    }
}
