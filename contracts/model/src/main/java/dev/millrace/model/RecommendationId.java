package dev.millrace.model;

/** The opaque name of one served slate, which later events echo. */
public record RecommendationId(String value) implements Comparable<RecommendationId> {
    public RecommendationId {
        Ids.requireValid("RecommendationId", value);
    }

    @Override
    public int compareTo(RecommendationId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
