package dev.millrace.recommend.stages;

import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.Value;
import dev.millrace.retrieval.CandidateBuffer;

/** A stage that proposes candidates into a buffer of its own. */
public sealed interface Proposer extends Stage permits RetrieveCandidates, SearchVectors {
    /** The source's name in answers. */
    String source();

    Value<CandidateBuffer> proposals();
}
