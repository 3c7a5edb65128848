package dev.millrace.wire.imports;

import java.util.Map;
import java.util.TreeMap;

/**
 * What an import has read, skipped and why.
 *
 * @param lines lines read, without headers and empty lines
 * @param events events given
 * @param rejected lines rejected
 * @param reasons how many lines were rejected for each reason
 */
public record ImportSummary(long lines, long events, long rejected, Map<String, Long> reasons) {
    public ImportSummary {
        reasons = Map.copyOf(new TreeMap<>(reasons));
    }
}
