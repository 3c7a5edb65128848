package dev.millrace.recommend.stages;

import dev.millrace.kernels.IntMap;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.pipeline.Value;
import dev.millrace.retrieval.CandidateBuffer;

import java.util.List;

/** Makes one list of what the sources propose: each item once, with the sources that named it. */
public final class MergeCandidates implements Stage {
    /** The usual constant of reciprocal rank fusion (Cormack and others 2009): damps the lead of the first ranks. */
    private static final float RANK_OFFSET = 60;

    private final Fields fields;
    private final List<? extends Proposer> proposers;
    private final int coVisitation;
    private final StageSpec spec;

    /**
     * @param proposers at most 63, in the order of the bits of {@link Fields#sources}
     * @param coVisitationSource the source whose scores are co-visitation strengths
     */
    public MergeCandidates(Fields fields, List<? extends Proposer> proposers, String coVisitationSource) {
        this.fields = fields;
        this.proposers = List.copyOf(proposers);
        coVisitation = indexOf(coVisitationSource);
        spec = StageSpec.of("merge")
                .mayReading(proposers.stream().map(Proposer::proposals).toArray(Value<?>[]::new))
                .writing(fields.item, fields.sources, fields.fused, fields.coVisits, fields.rowOfItem)
                .shaping()
                .share(2);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        IntMap rowOfItem = scope.write(fields.rowOfItem);
        rowOfItem.clear();
        int size = 0;
        for (int i = 0; i < proposers.size(); i++) {
            Value<CandidateBuffer> proposals = proposers.get(i).proposals();
            if (scope.has(proposals)) {
                size = merge(scope, scope.read(proposals), i, size);
            }
        }
        scope.resize(size);
    }

    private int merge(Scope scope, CandidateBuffer proposals, int source, int from) {
        IntMap rowOfItem = scope.write(fields.rowOfItem);
        int[] items = scope.write(fields.item);
        long[] sources = scope.write(fields.sources);
        float[] fused = scope.write(fields.fused);
        float[] coVisits = scope.write(fields.coVisits);
        int size = from;
        for (int rank = 0; rank < proposals.size() && size < items.length; rank++) {
            int item = proposals.item(rank);
            int row = rowOfItem.putIfAbsent(item, size);
            if (row == IntMap.ABSENT) {
                row = size++;
                items[row] = item;
                sources[row] = 0;
                fused[row] = 0;
                coVisits[row] = 0;
            }
            sources[row] |= 1L << source;
            fused[row] += 1 / (RANK_OFFSET + rank);
            if (source == coVisitation) {
                coVisits[row] = proposals.score(rank);
            }
        }
        return size;
    }

    private int indexOf(String source) {
        for (int i = 0; i < proposers.size(); i++) {
            if (proposers.get(i).source().equals(source)) {
                return i;
            }
        }
        return -1;
    }
}
