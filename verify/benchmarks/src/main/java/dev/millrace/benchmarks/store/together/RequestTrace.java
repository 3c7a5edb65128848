package dev.millrace.benchmarks.store.together;

import dev.millrace.benchmarks.store.measure.Zipf;
import dev.millrace.benchmarks.store.trace.AccessTrace;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;

/**
 * Requests, each for some rows by their numbers, in the order in which they came.
 *
 * @param requests not to be changed; the first half is what is learnt from, the second what is measured
 * @param rows how many rows there are
 */
record RequestTrace(String name, int[][] requests, int rows) {
    /** Of consecutive accesses, which a recorded trace does not divide into requests. */
    private static final int WINDOW = 100;

    private static final int MOST_WINDOWS = 20_000;

    private static final int REQUEST_KEYS = 500;
    private static final int TOPIC_ROWS = 200;
    private static final int TOPICS_OF_A_REQUEST = 5;
    private static final int KEYS_OF_A_TOPIC = 80;

    /**
     * Requests for 500 rows: 80 of each of five topics, and 100 that everybody asks for. Topics and what everybody asks for follow a Zipf
     * law, the rows of a topic are as likely one as the other.
     */
    static RequestTrace planted(int rows) {
        SplittableRandom random = new SplittableRandom(20);
        int topics = rows / TOPIC_ROWS;
        int[] shuffled = shuffled(rows, random);
        Zipf topic = new Zipf(topics, 0.8, random.split());
        Zipf popular = new Zipf(rows, 0.99, random.split());
        // So many that a row is asked for ten times in each half.
        int[][] requests = new int[2 * Math.max(1, 10 * rows / REQUEST_KEYS)][REQUEST_KEYS];
        for (int[] request : requests) {
            int at = 0;
            for (int t = 0; t < TOPICS_OF_A_REQUEST; t++) {
                int first = (int) topic.next() * TOPIC_ROWS;
                for (int i = 0; i < KEYS_OF_A_TOPIC; i++) {
                    request[at++] = shuffled[first + random.nextInt(TOPIC_ROWS)];
                }
            }
            while (at < REQUEST_KEYS) {
                request[at++] = (int) popular.next();
            }
        }
        return new RequestTrace("planted topics", requests, rows);
    }

    /** Windows over recorded accesses. */
    static RequestTrace windows(AccessTrace trace) {
        int count = Math.min(MOST_WINDOWS, trace.accesses().length / WINDOW);
        int[][] requests = new int[count][];
        for (int i = 0; i < count; i++) {
            requests[i] = Arrays.copyOfRange(trace.accesses(), i * WINDOW, (i + 1) * WINDOW);
        }
        return new RequestTrace(trace.name(), requests, trace.keys());
    }

    /**
     * The last videos, 50 at most, that each user of KuaiRand watched: what a model of sequences asks for at a request. The halves are
     * different users.
     */
    static RequestTrace histories(Path file) throws IOException {
        Map<String, Integer> numbers = new HashMap<>();
        List<int[]> requests = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            List<String> columns = List.of(String.valueOf(lines.readLine()).split("\t"));
            int watched = columns.indexOf("watch_seq");
            if (watched < 0) {
                throw new IOException(file + " has the columns " + columns + "; watch_seq is needed");
            }
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] videos = line.split("\t", -1)[watched].split(" ");
                int[] request = new int[videos.length];
                for (int i = 0; i < videos.length; i++) {
                    request[i] = numbers.computeIfAbsent(videos[i], id -> numbers.size());
                }
                requests.add(request);
            }
        }
        return new RequestTrace("KuaiRand-Pure histories", requests.toArray(int[][]::new), numbers.size());
    }

    /** The numbers from 0, in an order that says nothing of them. */
    static int[] shuffled(int count, SplittableRandom random) {
        int[] numbers = new int[count];
        Arrays.setAll(numbers, i -> i);
        for (int i = count - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int number = numbers[i];
            numbers[i] = numbers[other];
            numbers[other] = number;
        }
        return numbers;
    }
}
