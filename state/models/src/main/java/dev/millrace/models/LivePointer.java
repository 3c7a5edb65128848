package dev.millrace.models;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** The content of the {@code LIVE} file: the live version and the one that was live before it (immutable). */
record LivePointer(List<String> versions) {
    /** The one before is kept for servers that have not followed yet. */
    static final int MAX_VERSIONS = 2;

    LivePointer {
        versions = List.copyOf(versions.subList(0, Math.min(versions.size(), MAX_VERSIONS)));
    }

    static LivePointer decode(String content) {
        return new LivePointer(content.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList());
    }

    String encode() {
        return String.join("\n", versions) + "\n";
    }

    @Nullable
    String live() {
        return versions.isEmpty() ? null : versions.getFirst();
    }

    LivePointer promoted(String version) {
        List<String> next = new ArrayList<>();
        next.add(version);
        versions.stream().filter(other -> !other.equals(version)).forEach(next::add);
        return new LivePointer(next);
    }
}
