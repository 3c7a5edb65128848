package dev.millrace.retrieval;

import dev.millrace.runtime.Deadline;

/** One way to propose items for a user. Thread-safe: one instance serves all requests. */
public interface CandidateSource {
    /** The name under which answers and metrics speak of this source. */
    String name();

    /**
     * Appends up to {@code limit} available items to the buffer, best first, each at most once. At the deadline it
     * stops, keeps what it has, and marks the buffer as partial.
     *
     * @return how many were appended
     */
    int retrieve(UserContext user, int limit, Deadline deadline, CandidateBuffer into);
}
