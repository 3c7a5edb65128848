package dev.millrace.evaluation.rankers;

/** Where each item stands in the sequences: an inverted index in three arrays. Immutable. */
final class Occurrences {
    private final int[] starts;
    private final int[] users;
    private final int[] positions;

    Occurrences(int[][] sequences, int itemCount) {
        starts = new int[itemCount + 1];
        for (int[] sequence : sequences) {
            for (int item : sequence) {
                starts[item + 1]++;
            }
        }
        for (int item = 0; item < itemCount; item++) {
            starts[item + 1] += starts[item];
        }
        users = new int[starts[itemCount]];
        positions = new int[starts[itemCount]];
        int[] next = starts.clone();
        for (int user = 0; user < sequences.length; user++) {
            for (int position = 0; position < sequences[user].length; position++) {
                int place = next[sequences[user][position]]++;
                users[place] = user;
                positions[place] = position;
            }
        }
    }

    int start(int item) {
        return starts[item];
    }

    int count(int item) {
        return starts[item + 1] - starts[item];
    }

    int user(int occurrence) {
        return users[occurrence];
    }

    int position(int occurrence) {
        return positions[occurrence];
    }
}
