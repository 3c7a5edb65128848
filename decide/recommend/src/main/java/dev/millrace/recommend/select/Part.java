package dev.millrace.recommend.select;

/** One addend of an item's value; what {@code explain} shows under this name. */
public enum Part {
    /**
     * The model's score below that of its favourite: the difference in log-probability. Where a ranker is live, the logarithm of
     * what it expects of the item over what it expects of its favourite.
     */
    MODEL("model"),
    /** What was learnt of the item and its topics since the model's training: log-odds already, so it has no weight. */
    ONLINE("online"),
    /** How much more the user turns to the item's topics than to an average topic. */
    AFFINITY("affinity"),
    /** How surely the user's recent items lead to this one. */
    CO_VISITATION("co-visitation"),
    /** How much more often the item is clicked, when shown, than the other candidates. */
    CLICK_RATE("click-rate"),
    /** How many positive actions the item has had. */
    POPULARITY("popularity"),
    FRESHNESS("freshness"),
    /** How often users said that it should not have been shown; counts against the item. */
    COMPLAINTS("complaints"),
    /** The factor that the request asked for. */
    BOOST("boost");

    private final String label;

    Part(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
