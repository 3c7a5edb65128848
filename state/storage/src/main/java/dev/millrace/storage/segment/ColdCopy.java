package dev.millrace.storage.segment;

import java.io.IOException;

/** A segment's content below the disk. Thread-safe. */
public interface ColdCopy {
    /** The name of the object. */
    String name();

    /** Starts to fetch content that is about to be read, and does not wait. */
    void prefetch(long position, int bytes);

    /**
     * Reads content to an address, within a bounded time.
     *
     * @return how many bytes were read; fewer at the end of the content
     * @throws OutOfReachException where it does not come in time
     */
    int read(long address, int bytes, long position) throws IOException;

    /** Says that the tier below the disk does not give what was asked for now; nothing is known to be wrong with it. */
    final class OutOfReachException extends IOException {
        private static final long serialVersionUID = 1;

        public OutOfReachException(String message) {
            super(message);
        }
    }
}
