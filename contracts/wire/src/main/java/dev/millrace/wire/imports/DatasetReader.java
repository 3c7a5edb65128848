package dev.millrace.wire.imports;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Reads a data set as events: items and users first, then actions in the order of the files.
 *
 * <p>A line that cannot be read goes to the reject sink and never stops the import. Event ids come from file, line and
 * content, so that importing the same files again repeats the same ids. Files whose name ends in {@code .gz} are
 * unpacked. A reader is stateless and may be used by any thread.
 */
public interface DatasetReader {
    /**
     * @param path the folder or file of the data set
     * @throws IOException when a file cannot be opened or read, or none of the layout is there
     */
    ImportSummary read(Path path, EventSink sink, RejectSink rejects, ProgressSink progress) throws IOException;
}
