package dev.millrace.runtime;

/** Background work that one thread repeats. Called by its {@link AgentRunner} alone. */
public interface Agent {
    /** The role, which names the thread. */
    String name();

    /**
     * Does a bounded portion of work.
     *
     * @return how much was done; 0 lets the thread park before the next call
     */
    int doWork() throws Exception;

    /** Called once on the agent's thread after its last {@link #doWork()}. */
    default void onClose() {}
}
