package dev.millrace.pipeline;

/** One step of a pipeline. One instance serves all requests at once, so what it keeps per request lives in fields. */
public interface Stage {
    /** What it reads, writes and costs; must be the same at each call. */
    StageSpec spec();

    /**
     * Does the work. It should look at {@link Scope#deadline()} where it loops over something long.
     *
     * @throws Exception to have the declared failure policy applied
     */
    void run(Scope scope) throws Exception;

    /** Fills what it writes with a harmless content: the policy {@link StageSpec.FailurePolicy#DEFAULT}. */
    default void fallback(Scope scope) {
        throw new IllegalStateException(
                "stage '" + spec().name() + "' declares the policy DEFAULT and gives no fallback");
    }
}
