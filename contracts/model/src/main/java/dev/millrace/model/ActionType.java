package dev.millrace.model;

/** What a user did with an item, with the stable number under which it is stored. */
public enum ActionType {
    /** The item was shown. */
    IMPRESSION(0, Sentiment.NEUTRAL),
    /** The item was opened. */
    CLICK(1, Sentiment.POSITIVE),
    /** The item was watched or read to a length that the caller calls long. */
    LONG_VIEW(2, Sentiment.POSITIVE),
    LIKE(3, Sentiment.POSITIVE),
    FOLLOW(4, Sentiment.POSITIVE),
    COMMENT(5, Sentiment.POSITIVE),
    SHARE(6, Sentiment.POSITIVE),
    PURCHASE(7, Sentiment.POSITIVE),
    /** An explicit rating; the event's value holds it. */
    RATING(8, Sentiment.POSITIVE),
    /** The user said that the item should not have been shown. */
    COMPLAINT(9, Sentiment.NEGATIVE);

    /** What an action says of the user's taste. */
    public enum Sentiment {
        POSITIVE,
        NEUTRAL,
        NEGATIVE
    }

    private static final ActionType[] BY_CODE = values();

    private final byte code;
    private final Sentiment sentiment;

    ActionType(int code, Sentiment sentiment) {
        this.code = (byte) code;
        this.sentiment = sentiment;
    }

    /** The number under which the action is stored; never reused. */
    public byte code() {
        return code;
    }

    public boolean isPositive() {
        return sentiment == Sentiment.POSITIVE;
    }

    public boolean isNegative() {
        return sentiment == Sentiment.NEGATIVE;
    }

    /** @throws InvalidValueException when no action has this code */
    public static ActionType ofCode(int code) {
        if (code < 0 || code >= BY_CODE.length) {
            throw new InvalidValueException("action code", code + " is unknown; expected 0 to " + (BY_CODE.length - 1));
        }
        return BY_CODE[code];
    }
}
