package dev.millrace.audience.world;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One member of the audience: tastes that drift, a mood for the session, and what was seen already. Owned by the
 * session that the person is in; a later session sees what the earlier one left.
 */
public final class Person {
    private static final double THIRD_TOPIC = 0.5;
    private static final double DRIFT = 0.05;
    private static final int LIKED_STYLES = 2;

    private final int number;
    private final World world;
    private final SplittableRandom random;
    private final double[] taste;
    private final BitSet styles = new BitSet();
    private final BitSet clicked = new BitSet();
    private final List<Integer> liked = new ArrayList<>(3);
    private byte[] shown = new byte[0];
    private int mood;
    private boolean moved;

    Person(int number, World world) {
        this.number = number;
        this.world = world;
        WorldConfig config = world.config();
        this.random = new SplittableRandom(config.seed() * 0x9E3779B97F4A7C15L + number + 1);
        this.taste = new double[config.topics()];
        int likes = random.nextDouble() < THIRD_TOPIC ? 3 : 2;
        for (int i = 0; i < likes; i++) {
            addInterest();
        }
        int disliked = random.nextInt(taste.length);
        if (taste[disliked] == 0) {
            taste[disliked] = -1;
        }
        while (styles.cardinality() < LIKED_STYLES) {
            styles.set(random.nextInt(config.styles()));
        }
        mood = liked.getFirst();
        moved = world.tastesHaveChanged();
    }

    public int number() {
        return number;
    }

    public String id() {
        return "user-" + number;
    }

    /** Tastes drift, and the person comes with a new mood. */
    public void beginSession() {
        for (int i = 0; i < liked.size(); i++) {
            if (random.nextDouble() < DRIFT) {
                int forgotten = liked.get(i);
                liked.subList(i, i + 1).clear();
                taste[forgotten] = 0;
                addInterest();
            }
        }
        mood = liked.get(random.nextInt(liked.size()));
    }

    /** Looks at a slate and reacts by {@link Truth}; what was seen is remembered. */
    public List<Reaction> react(List<Work> slate) {
        followDrift();
        List<Reaction> reactions = new ArrayList<>();
        for (int position = 0; position < slate.size(); position++) {
            reactTo(slate.get(position), position, reactions);
        }
        slate.forEach(work -> remember(work.index()));
        return reactions;
    }

    /** Where the audience's tastes have changed, this person's have as well, in the middle of a session. */
    public void followDrift() {
        if (moved || !world.tastesHaveChanged()) {
            return;
        }
        moved = true;
        List<Integer> before = List.copyOf(liked);
        liked.clear();
        for (int i = 0; i < before.size(); i++) {
            addInterest(); // the old ones still count as liked, so that others are drawn
        }
        before.forEach(topic -> taste[topic] = 0);
        mood = liked.get(random.nextInt(liked.size()));
    }

    /** The chance of this person, for decisions that are not a reaction: session length, thinking. */
    public SplittableRandom random() {
        return random;
    }

    double quality(Work work) {
        return world.quality(work);
    }

    double taste(int topic) {
        return taste[topic];
    }

    int mood() {
        return mood;
    }

    boolean likesStyle(int style) {
        return styles.get(style);
    }

    boolean hasClicked(int work) {
        return clicked.get(work);
    }

    int timesShown(int work) {
        return work < shown.length ? shown[work] : 0;
    }

    private void reactTo(Work work, int position, List<Reaction> reactions) {
        if (random.nextDouble() >= Truth.click(this, work, position)) {
            if (random.nextDouble() < Truth.complaint(this, work, position)) {
                reactions.add(new Reaction(work, Reaction.Kind.COMPLAINT));
            }
            return;
        }
        clicked.set(work.index());
        reactions.add(new Reaction(work, Reaction.Kind.CLICK));
        if (random.nextDouble() < Truth.longView(this, work)) {
            reactions.add(new Reaction(work, Reaction.Kind.LONG_VIEW));
            if (random.nextDouble() < Truth.likeAfterLongView()) {
                reactions.add(new Reaction(work, Reaction.Kind.LIKE));
            }
        }
    }

    private void remember(int work) {
        if (work >= shown.length) {
            shown = java.util.Arrays.copyOf(
                    shown, Math.max(work + 1, world.works().size()));
        }
        if (shown[work] < Byte.MAX_VALUE) {
            shown[work]++;
        }
    }

    private void addInterest() {
        int topic = world.drawInterest(random);
        while (taste[topic] > 0) {
            topic = world.drawInterest(random);
        }
        taste[topic] = 1;
        liked.add(topic);
    }
}
