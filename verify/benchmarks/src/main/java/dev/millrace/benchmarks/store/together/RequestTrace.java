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
    private static final long SESSION_ENDS_MILLIS = 30 * 60 * 1000L;

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

    /** What a user was shown without a pause of half an hour, from KuaiRand's impressions, which are ordered by time. */
    static RequestTrace sessions(Path file) throws IOException {
        Map<String, Integer> numbers = new HashMap<>();
        Map<String, Session> open = new HashMap<>();
        List<Session> sessions = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            List<String> columns = List.of(String.valueOf(lines.readLine()).split(","));
            int user = columns.indexOf("user_id");
            int video = columns.indexOf("video_id");
            int time = columns.indexOf("time_ms");
            if (user < 0 || video < 0 || time < 0) {
                throw new IOException(
                        file + " has the columns " + columns + "; user_id, video_id and time_ms are needed");
            }
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split(",");
                long millis = Long.parseLong(fields[time]);
                Session session = open.get(fields[user]);
                if (session == null || millis - session.lastMillis > SESSION_ENDS_MILLIS) {
                    session = new Session();
                    open.put(fields[user], session);
                    sessions.add(session);
                }
                session.lastMillis = millis;
                session.videos.add(numbers.computeIfAbsent(fields[video], id -> numbers.size()));
            }
        }
        int[][] requests = sessions.stream()
                .map(session ->
                        session.videos.stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new);
        return new RequestTrace("KuaiRand-Pure sessions", requests, numbers.size());
    }

    private static final class Session {
        final List<Integer> videos = new ArrayList<>();
        long lastMillis;
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
