package dev.millrace.wire.imports;

import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The videos and users of KuaiRand as items and users. The counters of the video file are left out: they were counted over
 * the month of the impressions, so they know what is to be predicted.
 */
final class KuaiRandCatalog {
    static final ZoneOffset ZONE = ZoneOffset.ofHours(8);

    private static final String UNKNOWN = "unknown";
    private static final List<String> VIDEO_TEXTS =
            List.of("author_id", "video_type", "upload_type", "music_id", "music_type");
    private static final List<String> USER_TEXTS = List.of(
            "user_active_degree",
            "is_lowactive_period",
            "is_live_streamer",
            "is_video_author",
            "follow_user_num_range",
            "fans_user_num_range",
            "friend_user_num_range",
            "register_days_range");
    private static final String USER_CODES = "onehot_feat";

    private KuaiRandCatalog() {}

    static ImportRun.Opened videos(String header) {
        Columns columns = new Columns(LineFields.csv(header));
        int id = columns.require("video_features", "video_id");
        int uploaded = columns.require("video_features", "upload_dt");
        int tag = columns.find("tag");
        int duration = columns.find("video_duration");
        ImportRun.LineParser parser = (line, into) -> {
            List<String> fields = columns.split(line.text());
            Map<String, AttributeValue> attributes = texts(columns, fields, VIDEO_TEXTS);
            String length = Columns.value(fields, duration);
            if (length != null) {
                attributes.put(
                        "duration_seconds",
                        new AttributeValue.Numeric(LineFields.decimal("video_duration", length) / 1000));
            }
            Instant created = LocalDate.parse(Columns.required(fields, uploaded, "upload_dt"))
                    .atStartOfDay(ZONE)
                    .toInstant();
            Item item = new Item(
                    new ItemId(fields.get(id)), "", topics(Columns.value(fields, tag)), attributes, created, true);
            into.add(new Event.ItemUpserted(line.id(0), created, item));
        };
        return new ImportRun.Opened(parser, true);
    }

    static ImportRun.Opened users(String header) {
        Columns columns = new Columns(LineFields.csv(header));
        int id = columns.require("user_features", "user_id");
        List<String> kept = new ArrayList<>(USER_TEXTS);
        for (int i = 0; i < columns.count(); i++) {
            if (columns.name(i).startsWith(USER_CODES)) {
                kept.add(columns.name(i));
            }
        }
        ImportRun.LineParser parser = (line, into) -> {
            List<String> fields = columns.split(line.text());
            // The file says nothing of when a user came.
            into.add(new Event.UserUpserted(
                    line.id(0), Instant.EPOCH, new User(new UserId(fields.get(id)), texts(columns, fields, kept))));
        };
        return new ImportRun.Opened(parser, true);
    }

    private static List<String> topics(@Nullable String tags) {
        List<String> topics = new ArrayList<>();
        if (tags != null) {
            for (String tag : tags.split(",")) {
                if (!tag.isBlank() && !tag.strip().equals(UNKNOWN)) {
                    topics.add("tag " + tag.strip());
                }
            }
        }
        return topics;
    }

    private static Map<String, AttributeValue> texts(Columns columns, List<String> fields, List<String> names) {
        Map<String, AttributeValue> attributes = new HashMap<>();
        for (String name : names) {
            String value = Columns.value(fields, columns.find(name));
            if (value != null && !value.equalsIgnoreCase(UNKNOWN)) {
                attributes.put(name, new AttributeValue.Text(value));
            }
        }
        return attributes;
    }
}
