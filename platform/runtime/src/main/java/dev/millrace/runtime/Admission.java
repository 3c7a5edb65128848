package dev.millrace.runtime;

/** What {@link AdmissionControl} decided on one request. */
public sealed interface Admission {
    /**
     * A place among the admitted. Call {@link #begin()} when the work leaves its queue and {@link #close()} exactly once
     * when it is done, whatever happened. Owned by the request.
     */
    final class Permit implements Admission, AutoCloseable {
        private final AdmissionControl control;
        private final Deadline deadline;
        private long begunNanos;
        private State state = State.WAITING;

        private enum State {
            WAITING,
            RUNNING,
            TOO_LATE,
            CLOSED
        }

        Permit(AdmissionControl control, Deadline deadline) {
            this.control = control;
            this.deadline = deadline;
        }

        /**
         * Says that the work leaves the queue and starts.
         *
         * @return whether it is still worth doing: {@code false} when too little of its deadline is left
         */
        public boolean begin() {
            if (state != State.WAITING) {
                throw new IllegalStateException("a permit begins once; this one is " + state);
            }
            begunNanos = control.nowNanos();
            boolean worthDoing = control.begun(deadline);
            state = worthDoing ? State.RUNNING : State.TOO_LATE;
            return worthDoing;
        }

        @Override
        public void close() {
            switch (state) {
                case WAITING -> control.abandoned();
                case RUNNING -> control.finished(control.nowNanos() - begunNanos);
                case TOO_LATE -> control.finishedUnserved();
                case CLOSED -> {}
            }
            state = State.CLOSED;
        }
    }

    /** The request is turned away: come back after this time. */
    record Rejection(long retryAfterMillis) implements Admission {}
}
