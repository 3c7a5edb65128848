package dev.millrace.audience;

import dev.millrace.audience.world.Oracle;
import dev.millrace.audience.world.Person;
import dev.millrace.audience.world.Reaction;
import dev.millrace.audience.world.Work;
import dev.millrace.audience.world.World;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.operate.ReferencePoint;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;
import dev.millrace.wire.recommend.RecommendResponse.RankedItem;

import java.util.ArrayList;
import java.util.List;

/** One session of one person: slate after slate until they leave. Owned by one thread at a time. */
final class Visit {
    private final AudienceConfig config;
    private final World world;
    private final PublicApi api;
    private final Measurements measurements;
    private final FreshnessProbe probe;
    private final Person person;
    private final Arm arm;
    private int slatesLeft;

    Visit(
            AudienceConfig config,
            World world,
            PublicApi api,
            Measurements measurements,
            FreshnessProbe probe,
            Person person) {
        this.config = config;
        this.world = world;
        this.api = api;
        this.measurements = measurements;
        this.probe = probe;
        this.person = person;
        this.arm = Arm.of(world.config().seed(), person.number());
        person.beginSession();
        slatesLeft = 1 + geometric(config.meanSession() - 1);
    }

    Person person() {
        return person;
    }

    /** Shows one slate and sends the reactions; returns whether the person stays for another one. */
    boolean step() {
        slatesLeft--;
        if (arm == Arm.ORACLE) {
            askOracle();
        } else {
            askServer();
        }
        return slatesLeft > 0;
    }

    /** How long the person looks at the slate before asking for the next, exponentially distributed. */
    long thinkNanos() {
        return (long) (-Math.log(1 - person.random().nextDouble())
                * config.meanThink().toNanos());
    }

    /** What the truth would show: it is judged by simulated clicks, and only the sums of these reach the server. */
    private void askOracle() {
        List<Work> slate = new Oracle(world).slate(person, config.slate());
        int clicks = clicks(person.react(slate));
        measurements.clicks(arm, slate.size(), clicks);
        api.reference(new ReferencePoint(arm.label(), (long) slate.size(), (long) clicks));
    }

    private void askServer() {
        RecommendRequest request = RecommendRequest.of(person.id(), arm.scenario(), config.slate());
        RecommendResponse answer = measurements.timed(arm, () -> api.recommend(request));
        List<Work> slate = slate(answer);
        if (slate.isEmpty()) {
            return;
        }
        List<Reaction> reactions = person.react(slate);
        measurements.clicks(arm, slate.size(), clicks(reactions));
        List<EventBody> events = events(answer, slate, reactions);
        if (arm == Arm.MODEL && !reactions.isEmpty()) {
            probe.send(person.id(), reactions.getFirst(), events);
        } else {
            api.events(events);
        }
    }

    private List<Work> slate(RecommendResponse answer) {
        List<Work> slate = new ArrayList<>(answer.items().size());
        for (RankedItem item : answer.items()) {
            Work work = world.find(item.item());
            if (work != null) {
                slate.add(work);
            }
        }
        return slate;
    }

    private List<EventBody> events(RecommendResponse answer, List<Work> slate, List<Reaction> reactions) {
        String id = answer.recommendationId();
        List<EventBody> events = new ArrayList<>(1 + reactions.size());
        List<String> shown = slate.stream().map(Work::id).toList();
        events.add(EventBody.impressions(id + "-shown", person.id(), shown, id));
        for (Reaction reaction : reactions) {
            String type = reaction.kind().eventType();
            String item = reaction.work().id();
            events.add(EventBody.of(id + "-" + type + "-" + item, person.id(), item, type, id));
        }
        return events;
    }

    private static int clicks(List<Reaction> reactions) {
        int clicks = 0;
        for (Reaction reaction : reactions) {
            if (reaction.kind() == Reaction.Kind.CLICK) {
                clicks++;
            }
        }
        return clicks;
    }

    /** The number of failures before a success, with the given mean. */
    private int geometric(int mean) {
        return mean == 0 ? 0 : (int) (Math.log(1 - person.random().nextDouble()) / Math.log(mean / (mean + 1.0)));
    }
}
