package dev.millrace.audience.world;

import java.util.List;
import java.util.SplittableRandom;

/** Names for topics and items, so that people can read the demo. Immutable. */
final class Titles {
    static final List<String> TOPICS = List.of(
            "Cooking",
            "Travel",
            "Chess",
            "Gardening",
            "Jazz",
            "Cycling",
            "Astronomy",
            "History",
            "Photography",
            "Football",
            "Knitting",
            "Robotics",
            "Theatre",
            "Sailing",
            "Birds",
            "Architecture",
            "Fitness",
            "Comics",
            "Wine",
            "Trains");

    private static final List<String> FORMS = List.of(
            "a field guide to",
            "the quiet side of",
            "ten lessons from",
            "an evening with",
            "the future of",
            "a beginner meets",
            "what nobody says about",
            "the craft of",
            "a year of",
            "small wonders of",
            "letters about",
            "the weekend of",
            "behind the scenes of",
            "a short history of",
            "in praise of");
    private static final List<String> ENDINGS = List.of(
            "at night",
            "by the sea",
            "for the patient",
            "with friends",
            "on a budget",
            "in winter",
            "after work",
            "in twelve pictures",
            "without fear",
            "the old way",
            "close up",
            "for two");

    private Titles() {}

    static String of(int topic, SplittableRandom random) {
        String form = FORMS.get(random.nextInt(FORMS.size()));
        String ending = ENDINGS.get(random.nextInt(ENDINGS.size()));
        String title = form + " " + TOPICS.get(topic).toLowerCase(java.util.Locale.ROOT) + " " + ending;
        return Character.toUpperCase(title.charAt(0)) + title.substring(1);
    }
}
