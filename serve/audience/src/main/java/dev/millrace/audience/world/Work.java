package dev.millrace.audience.world;

import java.util.List;

/**
 * An item as the world knows it, with what no catalogue says.
 *
 * @param index its place in the world, from 0 in the order of appearance
 * @param topic what it is truly about most
 * @param second what it is about besides; −1 for nothing
 * @param style how it is made
 * @param quality standard normal: how good it is, whoever looks
 * @param shownTopics the topics by which the catalogue files it
 */
public record Work(
        int index,
        String id,
        String title,
        int topic,
        int second,
        int style,
        double quality,
        List<String> shownTopics) {
    public Work {
        shownTopics = List.copyOf(shownTopics);
    }
}
