package dev.millrace.evaluation;

import dev.millrace.evaluation.EvaluationReport.Result;

import java.util.Locale;

/** Writes reports as JSON for machines and as a table for people. */
final class ReportText {
    private ReportText() {}

    static String json(EvaluationReport report) {
        StringBuilder out = new StringBuilder("{\"protocol\":");
        quote(out, report.protocol()).append(",\"dataset\":");
        quote(out, report.dataset()).append(",\"results\":[");
        String separator = "";
        for (Result result : report.results()) {
            out.append(separator);
            appendJson(out, result);
            separator = ",";
        }
        return out.append("]}").toString();
    }

    static String table(EvaluationReport report) {
        StringBuilder out = new StringBuilder(report.dataset())
                .append('\n')
                .append(report.protocol())
                .append("\n\n");
        if (report.results().stream().anyMatch(result -> result.sets().cases() > 0)) {
            return appendSets(out, report).toString();
        }
        out.append(String.format(
                Locale.ROOT,
                "%-22s %8s %8s %8s %8s %8s %8s %8s%n",
                "model",
                "HR@1",
                "HR@10",
                "NDCG@10",
                "HR@50",
                "HR@200",
                "AUC",
                "CPU s"));
        for (Result result : report.results()) {
            RankingMetrics r = result.ranking();
            String auc = result.scoring().impressions() == 0
                    ? "-"
                    : String.format(Locale.ROOT, "%.4f", result.scoring().auc());
            out.append(String.format(
                    Locale.ROOT,
                    "%-22s %8.4f %8.4f %8.4f %8.4f %8.4f %8s %8.1f%n",
                    result.model(),
                    r.hr1(),
                    r.hr10(),
                    r.ndcg10(),
                    r.hr50(),
                    r.hr200(),
                    auc,
                    result.cpuSeconds()));
        }
        return out.toString();
    }

    private static StringBuilder appendSets(StringBuilder out, EvaluationReport report) {
        out.append(String.format(
                Locale.ROOT,
                "%-22s %10s %10s %10s %10s %8s%n",
                "model",
                "NDCG@10",
                "Recall@20",
                "Recall@50",
                "NDCG@100",
                "CPU s"));
        for (Result result : report.results()) {
            SetMetrics s = result.sets();
            out.append(String.format(
                    Locale.ROOT,
                    "%-22s %10.4f %10.4f %10.4f %10.4f %8.1f%n",
                    result.model(),
                    s.ndcg10(),
                    s.recall20(),
                    s.recall50(),
                    s.ndcg100(),
                    result.cpuSeconds()));
        }
        return out;
    }

    private static void appendJson(StringBuilder out, Result result) {
        quote(out.append("{\"model\":"), result.model());
        SetMetrics sets = result.sets();
        if (sets.cases() > 0) {
            number(out, "ndcg10", sets.ndcg10());
            number(out, "recall20", sets.recall20());
            number(out, "recall50", sets.recall50());
            number(out, "ndcg100", sets.ndcg100());
        } else {
            appendJson(out, result.ranking());
        }
        if (result.scoring().impressions() > 0) {
            number(out, "auc", result.scoring().auc());
            number(out, "gauc", result.scoring().gauc());
            out.append(",\"impressions\":").append(result.scoring().impressions());
        }
        number(out, "cpuSeconds", result.cpuSeconds());
        out.append(",\"cases\":")
                .append(Math.max(sets.cases(), result.ranking().cases()))
                .append('}');
    }

    private static void appendJson(StringBuilder out, RankingMetrics r) {
        number(out, "hr1", r.hr1());
        number(out, "hr10", r.hr10());
        number(out, "ndcg10", r.ndcg10());
        number(out, "hr50", r.hr50());
        number(out, "ndcg50", r.ndcg50());
        number(out, "hr200", r.hr200());
        number(out, "ndcg200", r.ndcg200());
    }

    private static void number(StringBuilder out, String name, double value) {
        String text = Double.isFinite(value) ? String.format(Locale.ROOT, "%.5f", value) : "null";
        out.append(",\"").append(name).append("\":").append(text);
    }

    private static StringBuilder quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"');
    }
}
