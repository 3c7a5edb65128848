package dev.millrace.model;

/** The caller's name of a user. */
public record UserId(String value) implements Comparable<UserId> {
    public UserId {
        Ids.requireValid("UserId", value);
    }

    @Override
    public int compareTo(UserId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
