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

    @Test
    void drift_ofTastes_movesEverybodyToOtherTopics_andManyToThoseThatHadFewFriends() {
        World moved = new World(new WorldConfig(3, 300, 400, 20, 6));
        List<Person> people = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            people.add(moved.person(i));
        }
        List<List<Integer>> before = people.stream().map(TruthTest::liked).toList();
        moved.drift(Drift.TASTES);
        people.forEach(Person::followDrift);
        int last = 0;
        int first = 0;
        for (int i = 0; i < 400; i++) {
            List<Integer> now = liked(people.get(i));
            assertEquals(before.get(i).size(), now.size());
            assertTrue(now.stream().noneMatch(before.get(i)::contains), "person " + i);
            last += now.contains(19) ? 1 : 0;
            first += now.contains(0) ? 1 : 0;
        }
        assertTrue(last > 2 * first, last + " like the last topic, " + first + " the first; seed 3");
        List<Integer> once = liked(people.getFirst());
        people.getFirst().followDrift();
        assertEquals(once, liked(people.getFirst()), "it happens once");
    }

    private static List<Integer> liked(Person person) {
        List<Integer> topics = new ArrayList<>();
        for (int topic = 0; topic < 20; topic++) {
            if (person.taste(topic) > 0) {
                topics.add(topic);
            }
        }
        return topics;
    }

    @Test
    void drift_ofFashion_turnsQualityRound() {
        World turned = new World(new WorldConfig(3, 300, 50, 20, 6));
        Person person = turned.person(1);
        Work good = turned.works().stream()
                .filter(work -> work.quality() > 1)
                .findFirst()
                .orElseThrow();
        double before = Truth.click(person, good, 0);
        turned.drift(Drift.FASHION);
        assertTrue(Truth.click(person, good, 0) < before / 2);
    }
}
