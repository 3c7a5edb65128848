package dev.millrace.inference.parity;

/**
 * What a compressed ranker may lose, and must gain (immutable).
 *
 * @param aucLoss the largest relative loss of the area under the curve, where the original's best tenth is what is looked for
 * @param overlap the least share of the original's best ten among the compressed one's, in lists of 100
 * @param speed the least speed, as a multiple of the original's
 */
public record ParityLimits(double aucLoss, double overlap, double speed) {
    public ParityLimits {
        if (!(aucLoss >= 0 && aucLoss <= 1 && overlap >= 0 && overlap <= 1 && speed > 0)) {
            throw new IllegalArgumentException("limits of loss " + aucLoss + ", overlap " + overlap + ", speed " + speed
                    + "; give shares from 0 to 1 and a speed above 0");
        }
    }

    public static ParityLimits defaults() {
        return new ParityLimits(0.001, 0.97, 1);
    }
}
