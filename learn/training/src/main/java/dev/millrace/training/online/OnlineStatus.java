package dev.millrace.training.online;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;

/**
 * How learning goes, for whoever started it. Immutable.
 *
 * @param state {@code learning}, {@code frozen}, or {@code waiting} for a model
 * @param message why it is so
 * @param model the trained model that is learnt on
 * @param sequence of the newest delta; 0 before the first
 * @param learned slates learnt from, since the process began
 * @param skipped slates that the limits left out
 * @param rollBacks how often the guard put an earlier state back
 * @param foretoldLeftOut slates of a ranker whose probabilities were not followed, or not to their end, since there were too many
 * @param items how many items differ from the trained model
 * @param loss of a held-out slate at the newest delta, in nats; NaN without any
 * @param lossWithout the same by the trained model alone
 */
public record OnlineStatus(
        State state,
        String message,
        String model,
        long sequence,
        long learned,
        long skipped,
        long rollBacks,
        long foretoldLeftOut,
        int items,
        double loss,
        double lossWithout) {
    /** What the learner does. */
    public enum State {
        WAITING,
        LEARNING,
        FROZEN
    }

    /** Replaces the file in one step. */
    void write(Path file) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("state", state.name());
        properties.setProperty("message", message);
        properties.setProperty("model", model);
        properties.setProperty("sequence", Long.toString(sequence));
        properties.setProperty("learned", Long.toString(learned));
        properties.setProperty("skipped", Long.toString(skipped));
        properties.setProperty("roll-backs", Long.toString(rollBacks));
        properties.setProperty("foretold-left-out", Long.toString(foretoldLeftOut));
        properties.setProperty("items", Integer.toString(items));
        properties.setProperty("loss", Double.toString(loss));
        properties.setProperty("loss-without", Double.toString(lossWithout));
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try (Writer out = Files.newBufferedWriter(next)) {
            properties.store(out, "How learning online goes");
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
