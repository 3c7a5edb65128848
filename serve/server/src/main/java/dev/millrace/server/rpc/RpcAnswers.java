package dev.millrace.server.rpc;

import dev.millrace.wire.Problem;
import dev.millrace.wire.grpc.DegradedStage;
import dev.millrace.wire.grpc.IngestResult;
import dev.millrace.wire.grpc.Outcome;
import dev.millrace.wire.grpc.RankedItem;
import dev.millrace.wire.grpc.RecommendBatchResponse;
import dev.millrace.wire.grpc.RecommendResponse;
import dev.millrace.wire.grpc.Reject;
import dev.millrace.wire.grpc.SimilarResponse;
import dev.millrace.wire.grpc.StageTrace;
import dev.millrace.wire.grpc.UserErasure;
import dev.millrace.wire.recommend.BatchRecommendResponse;

import java.util.List;

/** The wire records of the REST API as gRPC's messages. Stateless. */
final class RpcAnswers {
    private static final long NOTHING_ACCEPTED = -1;

    private RpcAnswers() {}

    static RecommendResponse recommendation(dev.millrace.wire.recommend.RecommendResponse answer) {
        RecommendResponse.Builder message = RecommendResponse.newBuilder()
                .setRecommendationId(answer.recommendationId())
                .setUser(answer.user())
                .setScenario(answer.scenario())
                .setArm(answer.arm())
                .setModel(answer.model())
                .addAllItems(items(answer.items()))
                .addAllStages(stages(answer.stages()))
                .addAllDegraded(degraded(answer.degraded()))
                .setTookMicros(answer.tookMicros());
        if (answer.next() != null) {
            message.setNext(answer.next());
        }
        return message.build();
    }

    static SimilarResponse similar(dev.millrace.wire.recommend.SimilarResponse answer) {
        return SimilarResponse.newBuilder()
                .setItem(answer.item())
                .setModel(answer.model())
                .addAllItems(items(answer.items()))
                .addAllStages(stages(answer.stages()))
                .addAllDegraded(degraded(answer.degraded()))
                .setTookMicros(answer.tookMicros())
                .build();
    }

    static RecommendBatchResponse batch(BatchRecommendResponse answer) {
        RecommendBatchResponse.Builder message = RecommendBatchResponse.newBuilder();
        for (BatchRecommendResponse.Outcome outcome : answer.responses()) {
            if (outcome.response() != null) {
                message.addResponses(Outcome.newBuilder().setResponse(recommendation(outcome.response())));
            } else if (outcome.problem() != null) {
                message.addResponses(Outcome.newBuilder().setProblem(problem(outcome.problem())));
            }
        }
        return message.build();
    }

    static IngestResult ingested(dev.millrace.wire.ingest.IngestResult result) {
        Long offset = result.offset();
        IngestResult.Builder message = IngestResult.newBuilder()
                .setAccepted(result.accepted())
                .setDuplicates(result.duplicates())
                .setRejectedTotal(result.rejectedCount())
                .setOffset(offset == null ? NOTHING_ACCEPTED : offset);
        for (dev.millrace.wire.ingest.IngestResult.Reject reject : result.rejected()) {
            Reject.Builder part = Reject.newBuilder().setLine(reject.line()).setProblem(reject.problem());
            if (reject.field() != null) {
                part.setField(reject.field());
            }
            message.addRejected(part);
        }
        return message.build();
    }

    static UserErasure erased(dev.millrace.wire.catalog.UserErasure receipt) {
        return UserErasure.newBuilder()
                .setUser(receipt.user())
                .setErasedMillis(receipt.erased().toEpochMilli())
                .setSequence(receipt.sequence())
                .setHadKey(receipt.hadKey())
                .addAllUnreadable(receipt.unreadable())
                .addAllRemains(receipt.remains())
                .build();
    }

    private static dev.millrace.wire.grpc.Problem problem(Problem problem) {
        dev.millrace.wire.grpc.Problem.Builder message = dev.millrace.wire.grpc.Problem.newBuilder()
                .setStatus(problem.status())
                .setCode(problem.code())
                .setDetail(problem.detail());
        if (problem.field() != null) {
            message.setField(problem.field());
        }
        if (problem.fix() != null) {
            message.setFix(problem.fix());
        }
        return message.build();
    }

    private static List<RankedItem> items(List<dev.millrace.wire.recommend.RecommendResponse.RankedItem> items) {
        return items.stream().map(RpcAnswers::item).toList();
    }

    private static RankedItem item(dev.millrace.wire.recommend.RecommendResponse.RankedItem item) {
        RankedItem.Builder message = RankedItem.newBuilder()
                .setItem(item.item())
                .setRank(item.rank())
                .setScore(item.score())
                .setPropensity(item.propensity())
                .addAllSources(item.sources())
                .setReason(item.reason());
        if (item.title() != null) {
            message.setTitle(item.title());
        }
        if (item.parts() != null) {
            message.putAllParts(item.parts());
        }
        if (item.probabilities() != null) {
            message.putAllProbabilities(item.probabilities());
        }
        return message.build();
    }

    private static List<StageTrace> stages(List<dev.millrace.wire.recommend.RecommendResponse.StageTrace> stages) {
        return stages.stream()
                .map(stage -> StageTrace.newBuilder()
                        .setStage(stage.stage())
                        .setMicros(stage.micros())
                        .setOutcome(stage.outcome())
                        .build())
                .toList();
    }

    private static List<DegradedStage> degraded(
            List<dev.millrace.wire.recommend.RecommendResponse.DegradedStage> degraded) {
        return degraded.stream()
                .map(stage -> DegradedStage.newBuilder()
                        .setStage(stage.stage())
                        .setReason(stage.reason())
                        .build())
                .toList();
    }
}
