package dev.millrace.audience.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class TruthTest {
    private final World world = new World(new WorldConfig(3, 300, 50, 20, 6));

    @Test
    void click_likedTopic_isLikelierThanAnother() {
        Person person = world.person(1);
        double liked = 0;
        double other = 0;
        for (Work work : world.works()) {
            double chance = Truth.click(person, work, 0);
            assertTrue(chance > 0 && chance < 1);
            if (person.taste(work.topic()) > 0) {
                liked = Math.max(liked, chance);
            } else if (work.second() < 0) {
                other = Math.max(other, chance);
            }
        }
        assertTrue(liked > 3 * other, liked + " against " + other);
    }

    @Test
    void click_furtherDown_isLessLikely() {
        Person person = world.person(1);
        Work work = world.works().getFirst();
        assertEquals(0.95, Truth.click(person, work, 1) / Truth.click(person, work, 0), 1e-9);
    }

    @Test
    void click_shownBefore_isLessLikely() {
        Person person = world.person(1);
        Work work = world.works().getFirst();
        double before = Truth.click(person, work, 0);
        person.react(List.of(work));
        assertTrue(Truth.click(person, work, 0) < 0.5 * before);
    }

    @Test
    void oracle_slate_isTheBestOfEverything() {
        Person person = world.person(2);
        List<Work> slate = new Oracle(world).slate(person, 5);
        double worstInside = Truth.attraction(person, slate.getLast());
        List<Work> outside = new ArrayList<>(world.works());
        outside.removeAll(slate);
        assertEquals(5, slate.size());
        for (int i = 1; i < slate.size(); i++) {
            assertTrue(Truth.attraction(person, slate.get(i - 1)) >= Truth.attraction(person, slate.get(i)));
        }
        assertTrue(outside.stream().allMatch(work -> Truth.attraction(person, work) <= worstInside));
    }

    @Test
    void reactions_overManyLooks_followTheTruth() {
        double expected = 0;
        int clicks = 0;
        for (int number = 0; number < 2000; number++) {
            Person person = world.person(number);
            Work work = world.works().get(number % 300);
            expected += Truth.click(person, work, 0);
            clicks += (int) person.react(List.of(work)).stream()
                    .filter(reaction -> reaction.kind() == Reaction.Kind.CLICK)
                    .count();
        }
        // Four standard deviations of a sum of coin throws.
        assertEquals(expected, clicks, 4 * Math.sqrt(expected));
    }

    @Test
    void world_sameSeed_isTheSameIncludingWhatIsPublishedLater() {
        World twin = new World(new WorldConfig(3, 300, 50, 20, 6));
        assertEquals(world.works(), twin.works());
        assertEquals(world.publish(), twin.publish());
        assertEquals(301, twin.works().size());
        assertEquals("item-300", String.valueOf(twin.works().getLast().id()));
    }

    @Test
    void tastes_overManySessions_drift() {
        Person person = world.person(4);
        double[] before = tastes(person);
        for (int session = 0; session < 100; session++) {
            person.beginSession();
        }
        double[] after = tastes(person);
        int liked = 0;
        boolean changed = false;
        for (int topic = 0; topic < before.length; topic++) {
            liked += after[topic] > 0 ? 1 : 0;
            changed |= before[topic] != after[topic];
        }
        assertTrue(changed);
        assertTrue(liked == 2 || liked == 3, "likes " + liked);
        assertTrue(person.taste(person.mood()) > 0);
    }

    private double[] tastes(Person person) {
        double[] tastes = new double[20];
        for (int topic = 0; topic < 20; topic++) {
            tastes[topic] = person.taste(topic);
        }
        return tastes;
    }
}
