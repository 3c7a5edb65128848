package dev.millrace.server.ingest;

import dev.millrace.eventlog.Receipt;
import dev.millrace.model.InvalidValueException;
import dev.millrace.wire.Given;
import dev.millrace.wire.ingest.IngestResult;
import dev.millrace.wire.ingest.IngestResult.Reject;

import java.util.ArrayList;
import java.util.List;

/** What became of the entries of one body so far. Owned by its request. */
final class Tally {
    private final List<Reject> rejected = new ArrayList<>();
    private long accepted;
    private long duplicates;
    private long rejectedCount;
    private long offset = -1;

    void stored(List<Receipt> receipts) {
        for (Receipt receipt : receipts) {
            if (receipt.isErased()) {
                // Erased after its entry was read; entries that come later are refused by name.
                rejectedCount++;
            } else if (receipt.duplicate()) {
                duplicates++;
            } else {
                accepted++;
                offset = Math.max(offset, receipt.offset() + 1);
            }
        }
    }

    void reject(long line, InvalidValueException problem) {
        rejectedCount++;
        if (rejected.size() < IngestResult.MAX_NAMED) {
            String field = problem.field();
            rejected.add(new Reject(line, field.isEmpty() ? null : field, Given.problem(problem)));
        }
    }

    /** The end of the log after the last accepted entry; −1 where nothing was accepted. */
    long offset() {
        return offset;
    }

    IngestResult result() {
        return new IngestResult(accepted, duplicates, rejectedCount, rejected, offset < 0 ? null : offset);
    }
}
