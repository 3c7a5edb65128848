package dev.millrace.models.ranker;

/**
 * Which rows of a table stand for a hashed id and for hashed attributes: ids share 2^idBits rows, attributes half as many
 * behind them. Row 0 is zero and stands for nothing. The same for learning and for serving. Immutable.
 *
 * @param idBits 2 to 22
 */
public record HashedRows(int idBits) {
    /** The row of zeros. */
    public static final int NOTHING = 0;

    /** The most rows that one vector is the mean of. */
    public static final int LARGEST_BAG = 64;

    public HashedRows {
        if (idBits < 2 || idBits > 22) {
            throw new IllegalArgumentException("id bits are " + idBits + "; give 2 to 22");
        }
    }

    /** How many rows there are, the row of zeros included. */
    public int count() {
        return 1 + (1 << idBits) + (1 << (idBits - 1));
    }

    /**
     * The rows of an id and its attributes, of which only so many count that there are at most {@value #LARGEST_BAG}: a vector is
     * their mean.
     *
     * @param id the id's bucket, negative for one that is not known
     * @param attributes the buckets of the attributes, of which {@code count} are filled
     */
    public int[] bag(int id, int idBucketBits, int[] attributes, int count, int attributeBucketBits) {
        int first = id < 0 ? 0 : 1;
        int[] bag = new int[Math.min(LARGEST_BAG, first + count)];
        if (id >= 0) {
            bag[0] = ofId(id, idBucketBits);
        }
        for (int i = first; i < bag.length; i++) {
            bag[i] = ofAttribute(attributes[i - first], attributeBucketBits);
        }
        return bag;
    }

    /** @param bucketBits the hash has 2^bucketBits buckets; its highest bits say the row */
    int ofId(int bucket, int bucketBits) {
        return 1 + highest(bucket, bucketBits, idBits);
    }

    /** @param bucketBits the hash has 2^bucketBits buckets; its highest bits say the row */
    int ofAttribute(int bucket, int bucketBits) {
        return 1 + (1 << idBits) + highest(bucket, bucketBits, idBits - 1);
    }

    private static int highest(int bucket, int bucketBits, int bits) {
        return bucketBits > bits ? bucket >>> (bucketBits - bits) : bucket;
    }
}
