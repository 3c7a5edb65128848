package dev.millrace.wire.imports;

import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;

import java.time.Instant;
import java.time.LocalDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The impressions of KuaiRand with what followed them, and what users watched before, as actions. */
final class KuaiRandActions {
    /** A flag column, and what a 1 in it says. */
    private record Feedback(String column, ActionType type) {}

    private static final List<Feedback> FEEDBACK = List.of(
            new Feedback("is_click", ActionType.CLICK),
            new Feedback("long_view", ActionType.LONG_VIEW),
            new Feedback("is_like", ActionType.LIKE),
            new Feedback("is_follow", ActionType.FOLLOW),
            new Feedback("is_comment", ActionType.COMMENT),
            new Feedback("is_forward", ActionType.SHARE),
            new Feedback("is_hate", ActionType.COMPLAINT));

    /** The file gives the order of what was watched and the time of the last; the others are put a minute apart before it. */
    private static final long HISTORY_STEP_SECONDS = 60;

    private static final Instant HISTORY_END =
            LocalDateTime.of(2022, 4, 24, 23, 59, 59).toInstant(KuaiRandCatalog.ZONE);

    private KuaiRandActions() {}

    static ImportRun.Opened impressions(String header) {
        Columns columns = new Columns(LineFields.csv(header));
        int user = columns.require("events", "user_id");
        int item = columns.require("events", "video_id");
        int time = columns.require("events", "time_ms");
        int played = columns.find("play_time_ms");
        int[] flags = new int[FEEDBACK.size()];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = columns.find(FEEDBACK.get(i).column());
        }
        ImportRun.LineParser parser = (line, into) -> {
            List<String> fields = columns.split(line.text());
            Row row = new Row(
                    line,
                    LineFields.millis("time_ms", fields.get(time)),
                    new UserId(fields.get(user)),
                    new ItemId(fields.get(item)));
            into.add(row.action(0, ActionType.IMPRESSION, 1));
            for (int i = 0; i < flags.length; i++) {
                ActionType type = FEEDBACK.get(i).type();
                if (isSet(fields, flags[i], FEEDBACK.get(i).column())) {
                    into.add(row.action(i + 1, type, type == ActionType.LONG_VIEW ? seconds(fields, played) : 1));
                }
            }
        };
        return new ImportRun.Opened(parser, true);
    }

    static ImportRun.Opened histories(String header) {
        Columns columns = new Columns(List.of(header.split("\t", -1)));
        int user = columns.require("user_history", "user_id");
        int last = columns.require("user_history", "last_time_ms");
        int watched = columns.require("user_history", "watch_seq");
        int liked = columns.require("user_history", "like_seq");
        int watchedLong = columns.require("user_history", "long_watch_seq");
        ImportRun.LineParser parser = (line, into) -> {
            List<String> fields = LineFields.split(line.text(), "\t", columns.count());
            history(
                    line,
                    new UserId(fields.get(user)),
                    earlier(HISTORY_END, LineFields.millis("last_time_ms", fields.get(last))),
                    List.of(fields.get(watched), fields.get(liked), fields.get(watchedLong)),
                    into);
        };
        return new ImportRun.Opened(parser, true);
    }

    /** One action per watched video: long view where it is among the long ones, else like, else click. */
    private static void history(SourceLine line, UserId user, Instant last, List<String> sequences, List<Event> into) {
        List<String> watched = tokens(sequences.get(0));
        Set<String> liked = new HashSet<>(tokens(sequences.get(1)));
        Set<String> watchedLong = new HashSet<>(tokens(sequences.get(2)));
        for (int i = 0; i < watched.size(); i++) {
            String video = watched.get(i);
            ActionType type = watchedLong.contains(video)
                    ? ActionType.LONG_VIEW
                    : liked.contains(video) ? ActionType.LIKE : ActionType.CLICK;
            Instant time = last.minusSeconds((watched.size() - 1 - i) * HISTORY_STEP_SECONDS);
            into.add(new Row(line, time, user, new ItemId(video)).action(i, type, 1));
        }
    }

    private static List<String> tokens(String sequence) {
        return sequence.isBlank() ? List.of() : List.of(sequence.strip().split("\\s+"));
    }

    private static boolean isSet(List<String> fields, int column, String name) {
        String value = Columns.value(fields, column);
        return value != null && LineFields.decimal(name, value) != 0;
    }

    private static double seconds(List<String> fields, int column) {
        String value = Columns.value(fields, column);
        return value == null ? 1 : LineFields.decimal("play_time_ms", value) / 1000;
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    /** What all actions of one line share. */
    private record Row(SourceLine line, Instant time, UserId user, ItemId item) {
        Event action(int k, ActionType type, double value) {
            return new Event.Action(line.id(k), time, user, item, type, value, null);
        }
    }
}
