package dev.millrace.training.online;

import dev.millrace.kernels.VectorMath;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A served slate with what the trained model says of it: enough to tell what any corrections would have made of it. Owned
 * by the learner.
 *
 * @param user the user's vector; null for a user of whom the model knows nothing
 * @param vectors the trained vector of each item; null for an item that is new to the model
 * @param values what each item was worth by the trained model and all else, without what was corrected online
 * @param mean the mean of the values
 * @param modelWeight what the model's score counts in a value
 */
@SuppressWarnings("ArrayRecordComponent") // a view, never compared
record PreparedSlate(
        ServedSlate slate,
        float @Nullable [] user,
        float[] @Nullable [] vectors,
        List<List<String>> topics,
        double[] values,
        double mean,
        float modelWeight) {
    /** What the corrections add to the value of the item at a place. */
    double correction(Corrections by, int place) {
        return correction(by, slate, user, vectors[place], topics.get(place), place, modelWeight);
    }

    /** Serving has (user + shift of users) · (vector + shift of the item); what is left beside user · vector is a correction. */
    static double correction(
            Corrections by,
            ServedSlate slate,
            float @Nullable [] user,
            float @Nullable [] vector,
            List<String> topics,
            int place,
            float modelWeight) {
        double bias = by.bias(slate.item(place), topics);
        if (user == null) {
            return bias;
        }
        float[] itemShift = by.shift(slate.item(place));
        float[] userShift = by.userShift();
        double product = 0;
        if (itemShift != null) {
            product += VectorMath.dot(user, itemShift, user.length) + VectorMath.dot(userShift, itemShift, user.length);
        }
        if (vector != null) {
            product += VectorMath.dot(userShift, vector, user.length);
        }
        return bias + modelWeight * product;
    }
}
