package dev.millrace.pipeline;

import dev.millrace.pipeline.Pipeline.Step;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The text that says what a pipeline does, for people and for golden tests. Stateless. */
final class Description {
    private Description() {}

    static String of(Pipeline pipeline) {
        StringBuilder text = new StringBuilder();
        text.append("pipeline ").append(pipeline.name()).append('\n');
        text.append("  input ").append(names(pipeline.inputs())).append('\n');
        text.append("  room for ").append(pipeline.capacity()).append(" candidates\n");
        int number = 0;
        for (Step step : pipeline.steps()) {
            number++;
            if (step.parallel()) {
                text.append("%2d %s (%s of the deadline, at once)\n"
                        .formatted(number, step.name(), percent(step, pipeline)));
            }
            for (int i = step.from(); i < step.to(); i++) {
                StageSpec spec = pipeline.stages().get(i).spec();
                String head = step.parallel()
                        ? "   - %s".formatted(spec.name())
                        : "%2d %s (%s of the deadline)".formatted(number, spec.name(), percent(step, pipeline));
                text.append(head).append('\n');
                appendSpec(text, spec, step.parallel() ? "       " : "     ");
            }
        }
        return text.toString();
    }

    private static void appendSpec(StringBuilder text, StageSpec spec, String indent) {
        appendFields(text, indent + "reads ", spec.reads());
        appendFields(text, indent + "may read ", spec.mayRead());
        appendFields(text, indent + "writes ", spec.writes());
        text.append(indent)
                .append("on failure ")
                .append(spec.onFailure().name().toLowerCase(Locale.ROOT))
                .append(spec.shapes() ? "; changes which candidates there are" : "")
                .append(spec.offload() ? "; on a worker where one is idle" : "")
                .append('\n');
    }

    private static void appendFields(StringBuilder text, String verb, List<? extends Field<?>> fields) {
        if (!fields.isEmpty()) {
            text.append(verb).append(names(fields)).append('\n');
        }
    }

    private static String names(List<? extends Field<?>> fields) {
        return fields.stream().map(Field::name).collect(Collectors.joining(", "));
    }

    private static String percent(Step step, Pipeline pipeline) {
        return "%.0f %%".formatted(100.0 * step.share() / pipeline.totalShare());
    }
}
