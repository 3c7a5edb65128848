package dev.millrace.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.pipeline.Column.FloatColumn;
import dev.millrace.pipeline.Column.IntColumn;
import dev.millrace.pipeline.StageSpec.FailurePolicy;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

class PipelineBuilderTest {
    private static final Value<String> INPUT = Value.assigned("input");
    private static final Value<StringBuilder> LEFT = Value.kept("left", StringBuilder::new);
    private static final Value<StringBuilder> RIGHT = Value.kept("right", StringBuilder::new);
    private static final IntColumn NUMBER = new IntColumn("number");
    private static final FloatColumn SCORE = new FloatColumn("score");

    @Test
    void build_fieldThatNobodyWrites_namesStageAndField() {
        assertRefused(
                Pipeline.named("p").then(stage(spec("rank").reading(SCORE))),
                "stage 'rank' reads 'score', which no earlier step writes");
    }

    @Test
    void build_writerAfterItsReader_isRefused() {
        assertRefused(
                Pipeline.named("p")
                        .then(stage(spec("rank").reading(SCORE)))
                        .then(stage(spec("score").writing(SCORE))),
                "reads 'score'");
    }

    @Test
    void build_writerThatMayBeSkipped_mustBeReadWithCare() {
        Stage optional = stage(spec("score").writing(SCORE).onFailure(FailurePolicy.SKIP));
        assertRefused(
                Pipeline.named("p").then(optional).then(stage(spec("rank").reading(SCORE))),
                "absent when the stage that writes it is skipped");
        Pipeline.named("p")
                .then(optional)
                .then(stage(spec("rank").mayReading(SCORE)))
                .build(WorkerPool.none());
    }

    @Test
    void build_skippableStageThatOverwrites_isRefused() {
        assertRefused(
                Pipeline.named("p")
                        .then(stage(spec("score").writing(SCORE)))
                        .then(stage(spec("boost").writing(SCORE).onFailure(FailurePolicy.SKIP))),
                "may be skipped half-way and overwrites 'score'");
    }

    @Test
    void build_workspace_mayBeSharedButNotRead() {
        Value<int[]> space = Value.workspace("space", () -> new int[4]);
        Stage first = stage(spec("a").writing(space).onFailure(FailurePolicy.SKIP));
        Stage second = stage(spec("b").writing(space).onFailure(FailurePolicy.SKIP));
        Pipeline.named("p").then(first).then(second).build(WorkerPool.none());
        assertRefused(Pipeline.named("p").then(first).then(stage(spec("c").reading(space))), "reads the workspace");
    }

    @Test
    void build_twoNamesAlike_isRefused() {
        assertRefused(Pipeline.named("p").then(stage(spec("a"))).then(stage(spec("a"))), "two stages named 'a'");
        assertRefused(
                Pipeline.named("p")
                        .then(stage(spec("a").writing(SCORE)))
                        .then(stage(spec("b").writing(new FloatColumn("score")))),
                "two fields named 'score'");
    }

    @Test
    void build_stepWithoutShare_isRefused() {
        assertRefused(Pipeline.named("p").then(stage(StageSpec.of("a"))), "share 0");
    }

    @Test
    void build_branches_mayNotMeet() {
        assertRefused(group(branch("a").writing(LEFT), branch("b").writing(LEFT)), "as another branch");
        assertRefused(group(branch("a").writing(LEFT), branch("b").reading(LEFT)), "reads 'left'");
        assertRefused(group(branch("a").writing(NUMBER)), "uses the column 'number'");
        assertRefused(group(branch("a").shaping()), "changes which candidates");
        assertRefused(group(branch("a").onFailure(FailurePolicy.DEFAULT)), "cannot have the policy DEFAULT");
        assertRefused(group(branch("a").share(3)), "declares a share inside the group");
    }

    @Test
    void build_valueUnderAnAbandonedWorker_mayNotBeOverwritten() {
        PipelineBuilder builder = group(
                        branch("slow").reading(INPUT).writing(LEFT).offloaded())
                .then(stage(spec("later").writing(LEFT)));
        assertRefused(builder, "while 'slow' may still use it");
    }

    @Test
    void describe_eachKindOfStep_saysEverything() {
        Pipeline pipeline = Pipeline.named("shop window")
                .capacity(16)
                .input(INPUT)
                .then(stage(spec("read").reading(INPUT).writing(RIGHT).share(10)))
                .parallel(
                        "sources",
                        60,
                        List.of(
                                stage(branch("far")
                                        .reading(RIGHT)
                                        .writing(LEFT)
                                        .onFailure(FailurePolicy.SKIP)
                                        .offloaded()),
                                stage(branch("near").reading(RIGHT))))
                .then(stage(
                        spec("merge").mayReading(LEFT).writing(NUMBER).shaping().share(20)))
                .then(stage(spec("score")
                        .reading(NUMBER)
                        .writing(SCORE)
                        .onFailure(FailurePolicy.DEFAULT)
                        .share(10)))
                .build(WorkerPool.none());
        assertEquals("""
                pipeline shop window
                  input input
                  room for 16 candidates
                 1 read (10 % of the deadline)
                     reads input
                     writes right
                     on failure fail
                 2 sources (60 % of the deadline, at once)
                   - far
                       reads right
                       writes left
                       on failure skip; on a worker where one is idle
                   - near
                       reads right
                       on failure fail
                 3 merge (20 % of the deadline)
                     may read left
                     writes number
                     on failure fail; changes which candidates there are
                 4 score (10 % of the deadline)
                     reads number
                     writes score
                     on failure default
                """, pipeline.describe());
    }

    private static void assertRefused(PipelineBuilder builder, String expected) {
        String message =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> builder.build(WorkerPool.none()))
                        .getMessage());
        assertTrue(message.contains(expected), message);
    }

    private static PipelineBuilder group(StageSpec... branches) {
        return Pipeline.named("p")
                .input(INPUT)
                .parallel(
                        "group",
                        1,
                        Arrays.stream(branches).map(PipelineBuilderTest::stage).toList());
    }

    private static StageSpec branch(String name) {
        return StageSpec.of(name);
    }

    private static StageSpec spec(String name) {
        return StageSpec.of(name).share(1);
    }

    private static Stage stage(StageSpec spec) {
        return TestStage.of(spec, scope -> {});
    }
}
