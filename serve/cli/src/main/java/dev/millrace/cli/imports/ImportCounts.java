package dev.millrace.cli.imports;

/**
 * What became of an import's events.
 *
 * @param accepted stored now
 * @param duplicates known already, so without effect
 * @param refused readable, but refused by the target
 */
public record ImportCounts(long accepted, long duplicates, long refused) {
    static final ImportCounts NONE = new ImportCounts(0, 0, 0);

    ImportCounts plus(long moreAccepted, long moreDuplicates, long moreRefused) {
        return new ImportCounts(accepted + moreAccepted, duplicates + moreDuplicates, refused + moreRefused);
    }
}
