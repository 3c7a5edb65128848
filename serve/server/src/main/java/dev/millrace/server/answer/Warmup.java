package dev.millrace.server.answer;

import dev.millrace.features.Users;
import dev.millrace.model.Filter;
import dev.millrace.model.ItemId;
import dev.millrace.model.Query;
import dev.millrace.model.Slate;
import dev.millrace.model.UserId;
import dev.millrace.recommend.RecommendPipeline;
import dev.millrace.runtime.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Replays requests of known users until models and their rows are warm; they leave no trace. Owned by the starting thread. */
public final class Warmup {
    private static final Logger log = LoggerFactory.getLogger(Warmup.class);
    private static final UserId NOBODY = new UserId("warm-up");
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int COUNT = 10;

    private final RecommendPipeline pipeline;
    private final Users users;
    private final Duration limit;

    /** @param limit the longest that warming may take */
    public Warmup(RecommendPipeline pipeline, Users users, Duration limit) {
        this.pipeline = pipeline;
        this.users = users;
        this.limit = limit;
    }

    /** @param rounds how many requests are enough */
    public void run(int rounds) {
        long began = System.nanoTime();
        int done = 0;
        while (done < rounds && System.nanoTime() - began < limit.toNanos()) {
            for (String scenario : pipeline.scenarios()) {
                answer(scenario, user(done));
                done++;
            }
        }
        log.info("models and rows warmed by {} requests in {} ms", done, (System.nanoTime() - began) / 1_000_000);
    }

    private void answer(String scenario, UserId user) {
        Query query = new Query(user, scenario, COUNT, Map.of(), new Filter.All(), List.of(), List.of(), true, false);
        Slate slate = pipeline.run(query, Deadline.after(PATIENCE)).slate();
        if (!slate.entries().isEmpty()) {
            ItemId item = slate.entries().getFirst().item();
            pipeline.similar(item, COUNT, new Filter.All(), Deadline.after(PATIENCE));
        }
    }

    /** The users known last: their histories are the likeliest to be asked for. */
    private UserId user(int round) {
        int known = users.size();
        UserId id = known == 0 ? null : users.id(known - 1 - round % known);
        return id == null ? NOBODY : id;
    }
}
