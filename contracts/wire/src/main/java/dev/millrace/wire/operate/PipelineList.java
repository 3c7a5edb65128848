package dev.millrace.wire.operate;

import dev.millrace.wire.Given;

import java.util.List;

/** The pipelines as they describe themselves. */
public record PipelineList(List<Pipeline> pipelines) {
    public PipelineList {
        pipelines = Given.list("pipelines", pipelines);
    }

    /** One scenario and its stages, in text. */
    public record Pipeline(String scenario, String description) {}
}
