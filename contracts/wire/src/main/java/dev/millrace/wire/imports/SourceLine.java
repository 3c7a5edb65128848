package dev.millrace.wire.imports;

import dev.millrace.model.EventId;

/**
 * One line of a file.
 *
 * @param file the file's name without its folder, so that a copy elsewhere gives the same ids
 * @param number counted from 1
 */
record SourceLine(String file, long number, String text) {
    /** The id of the line's k-th event: file, line, and a hash of the content, which tells files of one name apart. */
    EventId id(int k) {
        String id = file + ":" + number + ":" + Integer.toHexString(text.hashCode());
        return new EventId(k == 0 ? id : id + "#" + k);
    }
}
