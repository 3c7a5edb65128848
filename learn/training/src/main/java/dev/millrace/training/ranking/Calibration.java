package dev.millrace.training.ranking;

/**
 * Turns a logit into a probability that is met as often as it says: {@code 1 / (1 + exp(−(slope · logit + offset)))}. Immutable.
 *
 * <p>Source: Platt 1999, fitted by Newton's method on the log loss, with his targets that keep rare kinds off 0 and 1.
 */
public record Calibration(double slope, double offset) {
    private static final int STEPS = 50;
    private static final int HALVINGS = 20;
    private static final double ENOUGH = 1e-10;
    /** Keeps the steps bounded where one kind is missing. */
    private static final double RIDGE = 1e-6;

    public static final Calibration NONE = new Calibration(1, 0);

    public double probability(double logit) {
        return 1 / (1 + Math.exp(-(slope * logit + offset)));
    }

    /**
     * How much of what a calibration could win there this one wins: 1 where it is as good as one fitted to these very actions,
     * below 0 where it makes them worse foretold; in log loss.
     */
    public double shareOfGain(double[] logits, double[] labels) {
        Targets met = new Targets(logits, labels, 1, 0);
        double without = met.loss(NONE);
        return (without - met.loss(this)) / Math.max(ENOUGH, without - met.loss(fit(logits, labels)));
    }

    /** @param labels 1 for each logit's action that happened, or what it weighs; 0 else; {@link #NONE} where none or all did */
    public static Calibration fit(double[] logits, double[] labels) {
        int yes = 0;
        for (double label : labels) {
            yes += label > 0 ? 1 : 0;
        }
        int no = labels.length - yes;
        if (yes == 0 || no == 0) {
            return NONE;
        }
        Targets targets = new Targets(logits, labels, (yes + 1.0) / (yes + 2.0), 1.0 / (no + 2.0));
        Calibration fitted = new Calibration(0, Math.log((yes + 1.0) / (no + 1.0)));
        double loss = targets.loss(fitted);
        for (int step = 0; step < STEPS; step++) {
            Calibration next = fitted.closer(targets.newton(fitted), loss, targets);
            double nextLoss = targets.loss(next);
            if (loss - nextLoss < ENOUGH) {
                return fitted;
            }
            fitted = next;
            loss = nextLoss;
        }
        return fitted;
    }

    /** As far along a step as the loss falls: a whole step may overshoot where most probabilities are near 0 or 1. */
    private Calibration closer(Calibration step, double loss, Targets targets) {
        double share = 1;
        for (int halving = 0; halving < HALVINGS; halving++) {
            Calibration next = new Calibration(slope + share * step.slope, offset + share * step.offset);
            if (targets.loss(next) < loss) {
                return next;
            }
            share /= 2;
        }
        return this;
    }

    /** What is fitted to. */
    @SuppressWarnings("ArrayRecordComponent") // read by index; never compared
    private record Targets(double[] logits, double[] labels, double high, double low) {
        /** The mean log loss; by softplus, so that no probability is rounded to 0 or 1. */
        double loss(Calibration at) {
            double sum = 0;
            for (int i = 0; i < logits.length; i++) {
                double z = at.slope * logits[i] + at.offset;
                sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - target(i) * z;
            }
            return sum / logits.length;
        }

        /** Newton's step at a point, as what is to be added to it. */
        Calibration newton(Calibration at) {
            double bySlope = 0;
            double byOffset = 0;
            double slopes = RIDGE;
            double offsets = RIDGE;
            double both = 0;
            for (int i = 0; i < logits.length; i++) {
                double p = at.probability(logits[i]);
                double error = p - target(i);
                double weight = p * (1 - p);
                bySlope += error * logits[i];
                byOffset += error;
                slopes += weight * logits[i] * logits[i];
                offsets += weight;
                both += weight * logits[i];
            }
            double determinant = slopes * offsets - both * both;
            return new Calibration(
                    -(offsets * bySlope - both * byOffset) / determinant,
                    -(slopes * byOffset - both * bySlope) / determinant);
        }

        private double target(int i) {
            return labels[i] > 0 ? labels[i] * high : low;
        }
    }
}
