package dev.millrace.audience.world;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** Knows the truth: the slate with the most expected clicks for a person as they are now. Immutable. */
public final class Oracle {
    private final World world;

    public Oracle(World world) {
        this.world = world;
    }

    /** The best items of the whole world, best first: the position's factor is the same for all, so this order is optimal. */
    public List<Work> slate(Person person, int count) {
        person.followDrift();
        PriorityQueue<Scored> best = new PriorityQueue<>(count + 1);
        for (Work work : world.works()) {
            best.add(new Scored(work, Truth.attraction(person, work)));
            if (best.size() > count) {
                best.remove();
            }
        }
        List<Work> slate = new ArrayList<>(count);
        while (!best.isEmpty()) {
            slate.addFirst(best.remove().work());
        }
        return slate;
    }

    /** Least attraction first. */
    private record Scored(Work work, double attraction) implements Comparable<Scored> {
        @Override
        public int compareTo(Scored other) {
            return Double.compare(attraction, other.attraction);
        }
    }
}
