package dev.millrace.benchmarks.drift;

import dev.millrace.audience.Arm;
import dev.millrace.audience.world.Drift;
import dev.millrace.audience.world.Oracle;
import dev.millrace.audience.world.Person;
import dev.millrace.audience.world.Reaction;
import dev.millrace.audience.world.Work;
import dev.millrace.audience.world.World;
import dev.millrace.audience.world.WorldConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Filter;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.Query;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.Slate;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * The audience of the demo in simulated time: sessions arrive at random, people look, click, think and ask again, in the
 * shares of the demo's arms. Owned by one thread.
 */
final class DriftRun {
    private static final int SLATE = 6;
    private static final int MEAN_SESSION = 15;
    private static final double MEAN_THINK_NANOS = 1.5e9;
    private static final long NEW_ITEM_NANOS = 3_000_000_000L;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final DriftOptions options;
    private final SteppedClock clock;
    private final SimulatedServer server;
    private final World world;
    private final SplittableRandom arrivals;
    private final Map<Integer, Person> people = new HashMap<>();
    private final Map<Integer, Integer> slatesLeft = new HashMap<>();
    private final PriorityQueue<Step> steps = new PriorityQueue<>();
    private final long[][] shown;
    private final long[][] clicked;
    private final boolean usesModel;
    private long events;

    /** What happens at a time; null for the next arrival. */
    private record Step(long nanos, long order, @Nullable Person person) implements Comparable<Step> {
        @Override
        public int compareTo(Step other) {
            int byTime = Long.compare(nanos, other.nanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    DriftRun(DriftOptions options, long seed, SimulatedServer server, SteppedClock clock, boolean usesModel) {
        this.options = options;
        this.server = server;
        this.clock = clock;
        this.usesModel = usesModel;
        world = new World(WorldConfig.standard().withSeed(seed));
        arrivals = new SplittableRandom(seed ^ 0x5DEECE66DL);
        int buckets = (int) (options.length().toSeconds() / DriftReport.BUCKET_SECONDS) + 1;
        shown = new long[Arm.values().length][buckets];
        clicked = new long[Arm.values().length][buckets];
    }

    /** Something that is done once, at its time. */
    interface Moment {
        void come() throws Exception;
    }

    /** @param training what makes the model */
    void run(Moment training) throws Exception {
        List.copyOf(world.works()).forEach(this::upload);
        steps.add(new Step(0, 0, null));
        long nextSecond = SECOND_NANOS;
        long nextItem = NEW_ITEM_NANOS;
        boolean trained = false;
        Drift planned = options.drift();
        boolean drifted = planned == null;
        while (steps.peek() != null && steps.peek().nanos < options.length().toNanos()) {
            Step step = steps.remove();
            clock.set(step.nanos);
            if (!trained && usesModel && step.nanos >= options.train().toNanos()) {
                trained = true;
                training.come();
            }
            if (!drifted && planned != null && step.nanos >= options.at().toNanos()) {
                drifted = true;
                world.drift(planned);
            }
            for (; step.nanos >= nextItem; nextItem += NEW_ITEM_NANOS) {
                upload(world.publish());
            }
            for (; step.nanos >= nextSecond; nextSecond += SECOND_NANOS) {
                server.workBeside();
            }
            take(step);
        }
    }

    List<Double> rates(Arm arm) {
        List<Double> rates = new ArrayList<>();
        for (int bucket = 0; bucket < shown[0].length; bucket++) {
            rates.add(rate(arm, bucket, bucket + 1));
        }
        return rates;
    }

    /** Clicks per impression; 0 without any. */
    double rate(Arm arm, int from, int to) {
        long impressions = 0;
        long clicks = 0;
        for (int bucket = Math.max(0, from); bucket < Math.min(to, shown[0].length); bucket++) {
            impressions += shown[index(arm)][bucket];
            clicks += clicked[index(arm)][bucket];
        }
        return impressions == 0 ? 0 : Math.round(1e5 * clicks / impressions) / 1e5;
    }

    List<Long> impressions(Arm arm) {
        List<Long> counts = new ArrayList<>();
        for (long count : shown[index(arm)]) {
            counts.add(count);
        }
        return counts;
    }

    private static int index(Arm arm) {
        return List.of(Arm.values()).indexOf(arm);
    }

    private void take(Step step) {
        if (step.person == null) {
            arrive(step.nanos);
            return;
        }
        Person person = step.person;
        show(person, step.nanos);
        int left = slatesLeft.merge(person.number(), -1, Integer::sum);
        if (left > 0) {
            steps.add(new Step(step.nanos + wait(person.random(), MEAN_THINK_NANOS), events, person));
        } else {
            slatesLeft.remove(person.number());
        }
    }

    private void arrive(long nanos) {
        Person person = people.computeIfAbsent(arrivals.nextInt(world.config().people()), world::person);
        if (slatesLeft.putIfAbsent(person.number(), 1 + geometric(person.random())) == null) {
            person.beginSession();
            steps.add(new Step(nanos, events, person));
        }
        double sessionsPerSecond = options.requestsPerSecond() / MEAN_SESSION;
        steps.add(new Step(nanos + wait(arrivals, 1e9 / sessionsPerSecond), events, null));
    }

    private void show(Person person, long nanos) {
        Arm arm = Arm.of(world.config().seed(), person.number());
        if (arm == Arm.ORACLE) {
            List<Work> slate = new Oracle(world).slate(person, SLATE);
            count(arm, nanos, slate.size(), person.react(slate));
            return;
        }
        Slate answer = server.recommend(new Query(
                new UserId(person.id()),
                arm.scenario(),
                SLATE,
                Map.of(),
                new Filter.All(),
                List.of(),
                List.of(),
                false,
                false));
        List<Work> slate = new ArrayList<>(SLATE);
        answer.entries().forEach(entry -> {
            Work work = world.find(entry.item().value());
            if (work != null) {
                slate.add(work);
            }
        });
        List<Reaction> reactions = person.react(slate);
        slate.forEach(work -> act(person, work, ActionType.IMPRESSION, answer.id()));
        reactions.forEach(reaction -> act(person, reaction.work(), type(reaction.kind()), answer.id()));
        count(arm, nanos, slate.size(), reactions);
    }

    private static ActionType type(Reaction.Kind kind) {
        return switch (kind) {
            case CLICK -> ActionType.CLICK;
            case LONG_VIEW -> ActionType.LONG_VIEW;
            case LIKE -> ActionType.LIKE;
            case COMPLAINT -> ActionType.COMPLAINT;
        };
    }

    private void count(Arm arm, long nanos, int size, List<Reaction> reactions) {
        int bucket = (int) (nanos / SECOND_NANOS / DriftReport.BUCKET_SECONDS);
        shown[index(arm)][bucket] += size;
        for (Reaction reaction : reactions) {
            clicked[index(arm)][bucket] += reaction.kind() == Reaction.Kind.CLICK ? 1 : 0;
        }
    }

    private void act(Person person, Work work, ActionType type, RecommendationId recommendation) {
        server.apply(new Event.Action(
                nextId(), now(), new UserId(person.id()), new ItemId(work.id()), type, 1, recommendation));
    }

    private void upload(Work work) {
        server.apply(new Event.ItemUpserted(
                nextId(),
                now(),
                new Item(new ItemId(work.id()), work.title(), work.shownTopics(), Map.of(), now(), true)));
    }

    private EventId nextId() {
        return new EventId("e" + events++);
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }

    /** Exponentially distributed. */
    private static long wait(SplittableRandom random, double meanNanos) {
        return (long) (-Math.log(1 - random.nextDouble()) * meanNanos);
    }

    private static int geometric(SplittableRandom random) {
        int mean = MEAN_SESSION - 1;
        return (int) (Math.log(1 - random.nextDouble()) / Math.log(mean / (mean + 1.0)));
    }
}
