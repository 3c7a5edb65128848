package dev.millrace.storage.segment;

import java.io.IOException;

/** Says which bytes of which file are not what was written. */
public final class DamageException extends IOException {
    private static final long serialVersionUID = 1;

    private final String file;
    private final long offset;

    public DamageException(String file, long offset, String what) {
        super(file + " at byte " + offset + ": " + what);
        this.file = file;
        this.offset = offset;
    }

    public String file() {
        return file;
    }

    public long offset() {
        return offset;
    }
}
