package dev.millrace.recommend.select;

import dev.millrace.model.InvalidValueException;

import java.util.random.RandomGenerator;

/**
 * Gives some places of a slate to items that would not have been shown, with known probabilities. Immutable.
 *
 * <p>Each place from {@code firstPlace} on has alternatives of its own: of the items ranked behind the slate, place j of
 * k has those at k + j, 2k + j, and so on, {@code alternatives} at most. With the probability {@code rate} the place is
 * given to one of them, drawn evenly; else its item stays. No two places share an alternative, so places are
 * independent and every propensity is exact: {@code 1 − rate} for the item that stays, {@code rate / m} for one of m
 * alternatives, 1 at a place that has none. Off-policy estimates need just this number.
 *
 * @param rate the probability that a place explores, 0 to 0.5
 * @param firstPlace the first place that may explore, counted from 0
 * @param alternatives the most alternatives per place, 1 to 100
 */
public record Exploration(double rate, int firstPlace, int alternatives) {
    public Exploration {
        if (!(rate >= 0 && rate <= 0.5)) {
            throw new InvalidValueException("recommend.exploration.rate", "is " + rate + "; give 0 to 0.5");
        }
        if (firstPlace < 0 || firstPlace > 200) {
            throw new InvalidValueException(
                    "recommend.exploration.first-place", "is " + firstPlace + "; give 0 to 200");
        }
        if (alternatives < 1 || alternatives > 100) {
            throw new InvalidValueException(
                    "recommend.exploration.alternatives", "is " + alternatives + "; give 1 to 100");
        }
    }

    /** One place in twenty, behind the first two, among four alternatives: costs little and sees everything in time. */
    public static Exploration defaults() {
        return new Exploration(0.05, 2, 4);
    }

    /** How many ranked candidates a slate of {@code count} uses, alternatives included. */
    public int poolSize(int count) {
        return count * (1 + alternatives);
    }

    /**
     * Fills the places of a slate.
     *
     * @param ranked how many candidates there are, by rank
     * @param count how many places to fill
     * @param rows receives the rank of the item at each place
     * @param propensities receives the probability with which that place has that item
     * @return how many places are filled
     */
    public int fill(int ranked, int count, RandomGenerator random, int[] rows, float[] propensities) {
        int places = Math.min(ranked, count);
        for (int place = 0; place < places; place++) {
            int choices = alternativesOf(place, ranked, count);
            rows[place] = place;
            propensities[place] = 1;
            if (choices > 0 && rate > 0) {
                boolean explores = random.nextDouble() < rate;
                rows[place] = explores ? place + count * (1 + random.nextInt(choices)) : place;
                propensities[place] = (float) (explores ? rate / choices : 1 - rate);
            }
        }
        return places;
    }

    private int alternativesOf(int place, int ranked, int count) {
        if (place < firstPlace || ranked <= count + place) {
            return 0;
        }
        return Math.min(alternatives, (ranked - 1 - place) / count);
    }
}
