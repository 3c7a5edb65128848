package dev.millrace.audience.world;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Items that exist so far and the people who may come; new items arrive over time. Thread-safe. */
public final class World {
    private static final double SECOND_TOPIC = 0.4;

    private final WorldConfig config;
    private final SplittableRandom random;
    private final List<Work> works;
    private final Map<String, Work> worksById = new ConcurrentHashMap<>();
    private final double[] topicShare;
    private volatile @Nullable Drift drift;

    public World(WorldConfig config) {
        this.config = config;
        this.random = new SplittableRandom(config.seed());
        this.topicShare = topicShares(config.topics());
        List<Work> first = new ArrayList<>(config.items());
        for (int i = 0; i < config.items(); i++) {
            first.add(make(i));
        }
        this.works = new CopyOnWriteArrayList<>(first);
        first.forEach(work -> worksById.put(work.id(), work));
    }

    public WorldConfig config() {
        return config;
    }

    /** A live view, in the order of appearance. */
    public List<Work> works() {
        return works;
    }

    /** Null for an id that is not of this world: a data directory may hold items of an earlier run. */
    public @Nullable Work find(String id) {
        return worksById.get(id);
    }

    /** A new item appears. */
    public synchronized Work publish() {
        Work work = make(works.size());
        worksById.put(work.id(), work);
        works.add(work);
        return work;
    }

    /** From now on, the audience is another one; once in the life of a world. */
    public void drift(Drift planted) {
        drift = planted;
    }

    boolean tastesHaveChanged() {
        Drift planted = drift;
        return planted != null && planted.changesTastes();
    }

    /** How good people find the item now, whoever looks. */
    double quality(Work work) {
        Drift planted = drift;
        return planted != null && planted.changesFashion() ? -work.quality() : work.quality();
    }

    /** Makes the person with this number, always the same one; each has a chance of their own. */
    public Person person(int number) {
        return new Person(number, this);
    }

    /** Draws a topic as people's interests are spread: a few topics have many friends. */
    int drawInterest(SplittableRandom chance) {
        int topic = drawByRank(chance.nextDouble());
        return tastesHaveChanged() ? topicShare.length - 1 - topic : topic;
    }

    private int drawByRank(double place) {
        double rest = place;
        for (int rank = 0; rank < topicShare.length - 1; rank++) {
            rest -= topicShare[rank];
            if (rest < 0) {
                return rank;
            }
        }
        return topicShare.length - 1;
    }

    private Work make(int index) {
        int topic = random.nextInt(config.topics());
        int second = random.nextDouble() < SECOND_TOPIC ? random.nextInt(config.topics()) : -1;
        int shown = random.nextDouble() < WorldConfig.MISLABELLED ? random.nextInt(config.topics()) : topic;
        List<String> shownTopics = second < 0 || second == shown
                ? List.of(Titles.TOPICS.get(shown))
                : List.of(Titles.TOPICS.get(shown), Titles.TOPICS.get(second));
        return new Work(
                index,
                "item-" + index,
                Titles.of(topic, random),
                topic,
                second == topic ? -1 : second,
                random.nextInt(config.styles()),
                normal(random),
                shownTopics);
    }

    /** Shares that fall like 1/√rank: the first topic has about four times the friends of the last. */
    private static double[] topicShares(int topics) {
        double[] shares = new double[topics];
        double sum = 0;
        for (int i = 0; i < topics; i++) {
            shares[i] = 1 / Math.sqrt(i + 1);
            sum += shares[i];
        }
        for (int i = 0; i < topics; i++) {
            shares[i] /= sum;
        }
        return shares;
    }

    /** A standard normal draw by the polar method of Box and Muller. */
    static double normal(SplittableRandom random) {
        return Math.sqrt(-2 * Math.log(1 - random.nextDouble())) * Math.cos(2 * Math.PI * random.nextDouble());
    }
}
