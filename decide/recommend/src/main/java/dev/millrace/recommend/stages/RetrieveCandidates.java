package dev.millrace.recommend.stages;

import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.pipeline.Value;
import dev.millrace.retrieval.CandidateBuffer;
import dev.millrace.retrieval.CandidateSource;

/** Asks one candidate source. */
public final class RetrieveCandidates implements Proposer {
    private final Fields fields;
    private final CandidateSource source;
    private final int limit;
    private final Value<CandidateBuffer> proposals;
    private final StageSpec spec;

    /** As a branch of a group, which has the share of the deadline. */
    public RetrieveCandidates(Fields fields, CandidateSource source, int limit) {
        this(fields, source, limit, 0);
    }

    private RetrieveCandidates(Fields fields, CandidateSource source, int limit, int share) {
        this.fields = fields;
        this.source = source;
        this.limit = limit;
        proposals = Fields.proposals(source.name(), limit);
        spec = StageSpec.of(source.name())
                .reading(fields.user, fields.excluded)
                .writing(proposals)
                .onFailure(StageSpec.FailurePolicy.SKIP)
                .share(share);
    }

    /** As a step of its own. */
    public RetrieveCandidates share(int share) {
        return new RetrieveCandidates(fields, source, limit, share);
    }

    /** Where one call takes long enough to be worth a hand-over to a worker. */
    public RetrieveCandidates offloaded() {
        return new RetrieveCandidates(this, spec.offloaded());
    }

    private RetrieveCandidates(RetrieveCandidates like, StageSpec spec) {
        this.fields = like.fields;
        this.source = like.source;
        this.limit = like.limit;
        this.proposals = like.proposals;
        this.spec = spec;
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public String source() {
        return source.name();
    }

    @Override
    public Value<CandidateBuffer> proposals() {
        return proposals;
    }

    @Override
    public void run(Scope scope) {
        CandidateBuffer buffer = scope.write(proposals);
        buffer.clear();
        source.retrieve(scope.read(fields.user), limit, scope.deadline(), buffer);
        if (buffer.isPartial()) {
            scope.partial("stopped at its deadline with " + buffer.size() + " candidates");
        }
    }
}
