package dev.millrace.recommend.stages;

import dev.millrace.features.FeatureState;
import dev.millrace.features.Moment;
import dev.millrace.inference.RankingCall;
import dev.millrace.kernels.VectorMath;
import dev.millrace.models.delta.LogOdds;
import dev.millrace.pipeline.Field;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.StoredVectors;
import dev.millrace.retrieval.UserContext;
import dev.millrace.runtime.Priority;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Asks the live ranker how likely each action on each candidate is; does nothing while none is live. Together with what other
 * requests ask, where they wait. What was learnt since of how much too likely it holds an action is taken off: within an action the order
 * of candidates stays, that of what is expected of all actions together may change. Without it: what the model's score says.
 */
public final class RankCandidates implements Stage {
    /** It stays so until somebody acts, so it is told before a tier that is late for once. */
    private static final String WHY_UNKNOWN = "candidates are ranked as unknown items, since the table of the ranker's"
            + " items is full: give store." + StoredVectors.RANKER_LABEL + ".memory more";

    private final Fields fields;
    private final FeatureState state;
    private final StageSpec spec;

    public RankCandidates(Fields fields, FeatureState state) {
        this.fields = fields;
        this.state = state;
        List<Field<?>> writes = new ArrayList<>(List.of(fields.ranking, fields.utility, fields.scratch));
        writes.addAll(fields.probabilities());
        spec = StageSpec.of("rank")
                .reading(fields.request, fields.user, fields.userRow, fields.item, fields.ranker)
                .mayReading(fields.changes)
                .writing(writes.toArray(Field<?>[]::new))
                .onFailure(StageSpec.FailurePolicy.SKIP)
                .share(25);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        Ranking ranking = scope.write(fields.ranking);
        ranking.reset();
        LiveRanker ranker = scope.read(fields.ranker).model();
        if (ranker == null) {
            return;
        }
        try (RankingCall call = ranker.network().borrow()) {
            describeAndForget(scope, ranker, call);
            call.run(scope.size(), Priority.INTERACTIVE, scope.deadline());
            if (call.withoutRoom() > 0) {
                scope.partial(WHY_UNKNOWN);
            }
            for (int head = 0; head < ranker.heads().size(); head++) {
                call.probabilities(head, probabilities(scope, ranker, head), scope.size());
            }
            call.utility(scope.write(fields.utility), scope.size());
        }
        if (scope.has(fields.changes)) {
            calibrate(scope, ranker, scope.read(fields.changes).offsetsOf(ranker));
        }
        ranking.markKnown();
    }

    private float[] probabilities(Scope scope, LiveRanker ranker, int head) {
        return scope.write(fields.probability(ranker.heads().get(head)));
    }

    private void calibrate(Scope scope, LiveRanker ranker, Map<String, Float> offsets) {
        if (offsets.isEmpty()) {
            return;
        }
        int n = scope.size();
        float[] utility = scope.write(fields.utility);
        Arrays.fill(utility, 0, n, 0);
        for (int head = 0; head < ranker.heads().size(); head++) {
            float[] probabilities = probabilities(scope, ranker, head);
            String action = ranker.network().heads().get(head);
            LogOdds.shift(probabilities, n, offsets.getOrDefault(action, 0f));
            VectorMath.axpy(ranker.worth(head), probabilities, utility, n);
        }
    }

    /** What is said of the user must not outlive the answer: nobody would find it in a frame when the user is erased. */
    private void describeAndForget(Scope scope, LiveRanker ranker, RankingCall call) {
        try {
            describe(scope, ranker, call);
        } finally {
            scope.write(fields.scratch).userProfile.clear();
        }
    }

    /** The features of this moment, by the definitions that the ranker learnt from. */
    private void describe(Scope scope, LiveRanker ranker, RankingCall call) {
        UserContext user = scope.read(fields.user);
        Scratch scratch = scope.write(fields.scratch);
        int[] items = scope.read(fields.item);
        int n = scope.size();
        Moment now = new Moment(
                state,
                user.user(),
                user.nowMillis(),
                scratch.itemRows,
                scope.read(fields.userRow),
                scratch.userProfile);
        call.user(ranker.userRows(now, scratch.items));
        call.history(user.historyItems(), user.historyCount());
        call.candidates(items, n);
        for (int number = 0; number < ranker.numbers().size(); number++) {
            ranker.numbers().get(number).read(now, items, n, scratch.floats);
            call.number(number, scratch.floats, n);
        }
        if (now.isProfileLate()) {
            scope.partial("attributes of the user lie in the cold tier, which did not give them in time");
        } else if (scratch.itemRows.areCountsLate() || scratch.itemRows.areHoursLate()) {
            scope.partial("counts of items lie in the cold tier, which did not give them in time");
        }
    }
}
