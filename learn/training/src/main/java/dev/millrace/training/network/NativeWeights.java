package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.from_blob;

import dev.millrace.training.ridge.SequentialRidge;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * The weights of a model in native memory, with their gradients, as libtorch sees them. Owned by the training thread.
 *
 * <p>Every weight is a leaf tensor that views one flat block; its gradient views a second block of the same layout, so
 * that autograd adds into it and the optimiser moves everything at once.
 */
public final class NativeWeights implements AutoCloseable {
    /** Spread of the random start of matrices: the usual one for small transformers. */
    private static final double MATRIX_STD = 0.02;

    private final WeightLayout layout;
    private final FloatPointer values;
    private final FloatPointer gradients;
    private final Tensor flatValues;
    private final Tensor flatGradients;
    private final Map<String, Tensor> leaves = new HashMap<>();

    public NativeWeights(WeightLayout layout) {
        this.layout = layout;
        values = new FloatPointer(layout.length());
        gradients = new FloatPointer(layout.length());
        flatValues = from_blob(values, layout.length());
        flatGradients = from_blob(gradients, layout.length());
        flatValues.zero_();
        flatGradients.zero_();
        layout.slots().forEach((name, slot) -> leaves.put(name, leaf(slot)));
    }

    /** Fills everything but the item vectors with its random start, and the item vectors with those given. */
    public void initialise(float[] itemVectors, Random random) {
        float[] all = new float[layout.length()];
        layout.slots().forEach((name, slot) -> {
            if (name.endsWith(".gain")) {
                java.util.Arrays.fill(all, slot.offset(), slot.offset() + slot.length(), 1f);
            } else if (name.endsWith(".weight")) {
                for (int i = 0; i < slot.length(); i++) {
                    all[slot.offset() + i] = (float) (random.nextGaussian() * MATRIX_STD);
                }
            }
            if (name.equals(SequenceLayout.READ) || name.equals(SequenceLayout.ANSWER)) {
                addIdentity(all, slot);
            } else if (name.endsWith(".kernel")) {
                fillFading(all, slot);
            }
        });
        System.arraycopy(itemVectors, 0, all, 0, itemVectors.length);
        write(all);
    }

    /**
     * Takes the weights of a model of the same shape; what it lacks, the matrix to a teacher's vectors, gets its random start.
     *
     * @param given in the order of the layout, which may end earlier
     */
    public void goOnFrom(float[] given, Random random) {
        initialise(new float[0], random);
        float[] all = read();
        System.arraycopy(given, 0, all, 0, Math.min(given.length, all.length));
        write(all);
    }

    /** So that a network whose item vectors are short begins as one whose vectors are padded with zeros. */
    private static void addIdentity(float[] all, WeightLayout.Slot slot) {
        int columns = (int) slot.shape()[1];
        for (int i = 0; i < Math.min(slot.shape()[0], columns); i++) {
            all[slot.offset() + i * columns + i] += 1;
        }
    }

    /** A convolution begins as a decayed sum, as the closed-form learner is one. */
    private static void fillFading(float[] all, WeightLayout.Slot slot) {
        int reach = (int) slot.shape()[1];
        for (int i = 0; i < slot.length(); i++) {
            all[slot.offset() + i] = (float) Math.pow(SequentialRidge.DECAY, i % reach);
        }
    }

    public WeightLayout layout() {
        return layout;
    }

    /** A weight as a leaf of autograd. */
    public Tensor get(String name) {
        Tensor tensor = leaves.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no weight is named '" + name + "'");
        }
        return tensor;
    }

    /** All weights as one vector. */
    public Tensor flat() {
        return flatValues;
    }

    /** All gradients as one vector; autograd adds to it. */
    public Tensor flatGradient() {
        return flatGradients;
    }

    public float[] read() {
        float[] copy = new float[layout.length()];
        values.position(0).get(copy);
        return copy;
    }

    public void write(float[] all) {
        if (all.length != layout.length()) {
            throw new IllegalArgumentException("got " + all.length + " weights; expected " + layout.length());
        }
        values.position(0).put(all);
    }

    @Override
    public void close() {
        leaves.values().forEach(Pointer::close);
        flatValues.close();
        flatGradients.close();
        values.close();
        gradients.close();
    }

    private Tensor leaf(WeightLayout.Slot slot) {
        Tensor value = flatValues.narrow(0, slot.offset(), slot.length()).view(slot.shape());
        Tensor gradient = flatGradients.narrow(0, slot.offset(), slot.length()).view(slot.shape());
        value.set_requires_grad(true);
        value.mutable_grad().put(gradient);
        return value;
    }
}
