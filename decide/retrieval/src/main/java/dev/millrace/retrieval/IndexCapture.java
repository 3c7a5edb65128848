package dev.millrace.retrieval;

import dev.millrace.features.Capture;
import dev.millrace.index.CoVisitationCapture;
import dev.millrace.index.TrendingCapture;
import org.jspecify.annotations.Nullable;

import java.io.DataOutput;
import java.io.IOException;

/** The saved indexes as of one moment, section after section. Owned by the ingest thread. */
final class IndexCapture implements Capture {
    private final CoVisitationCapture coVisitation;
    private final TrendingCapture trending;
    private boolean coVisitationWritten;
    private boolean trendingWritten;

    IndexCapture(CoVisitationCapture coVisitation, TrendingCapture trending) {
        this.coVisitation = coVisitation;
        this.trending = trending;
    }

    @Override
    public @Nullable String write(DataOutput out, int rows) throws IOException {
        if (!coVisitationWritten) {
            coVisitationWritten = !coVisitation.write(out, rows);
            return LiveIndexes.CO_VISITATION;
        }
        if (!trendingWritten) {
            trendingWritten = !trending.write(out, rows);
            return LiveIndexes.TRENDING;
        }
        return null;
    }

    @Override
    public long keptBytes() {
        return coVisitation.keptBytes();
    }

    @Override
    public void close() {
        coVisitation.close();
    }
}
