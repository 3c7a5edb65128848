package dev.millrace.wire.imports;

/** Hears how far an import is: at the start and the end of each file and every some thousand lines. */
@FunctionalInterface
public interface ProgressSink {
    void progress(Progress progress);

    static ProgressSink none() {
        return progress -> {};
    }

    /**
     * How far an import is.
     *
     * @param file the file that is being read
     * @param bytesRead bytes read of all files, as they are stored
     * @param bytesTotal bytes of all files that will be read
     * @param events events given so far
     * @param rejected lines rejected so far
     */
    record Progress(String file, long bytesRead, long bytesTotal, long events, long rejected) {}
}
