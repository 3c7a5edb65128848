package dev.millrace.training.network;

/** Where the weights of a sequence model of a shape lie. Immutable. */
public final class SequenceLayout extends WeightLayout {
    /** The item vectors, at offset 0: items × item dimension; used both to read a history and to score a target. */
    public static final String ITEMS = "items";

    /** From item vector to network, where the one is shorter than the other is wide. */
    public static final String READ = "read.weight";

    /** From network to user vector, where the one is wider than the other is long. */
    public static final String ANSWER = "answer.weight";

    public static final String FINAL_GAIN = "final.gain";
    public static final String FINAL_SHIFT = "final.shift";

    /** From the network's state to a teacher's user vector: needed while a student learns, and by nothing else. */
    public static final String ALIGNMENT = "alignment.weight";

    private final ModelShape shape;
    private final int itemCount;

    public SequenceLayout(ModelShape shape, int itemCount) {
        this.shape = shape;
        this.itemCount = itemCount;
        int d = shape.dimension();
        add(ITEMS, itemCount, shape.itemDimension());
        if (shape.isProjected()) {
            add(READ, d, shape.itemDimension());
            add(ANSWER, shape.itemDimension(), d);
        }
        for (int layer = 0; layer < shape.layers(); layer++) {
            addBlock(layer, shape, d);
        }
        add(FINAL_GAIN, d);
        add(FINAL_SHIFT, d);
    }

    /** A student's layout: as that of its shape, and behind it the matrix to a teacher's user vectors of this length. */
    public static SequenceLayout aligned(ModelShape shape, int itemCount, int teacherDimension) {
        SequenceLayout layout = new SequenceLayout(shape, itemCount);
        layout.add(ALIGNMENT, teacherDimension, shape.dimension());
        return layout;
    }

    /** The name of a weight of one block. */
    public static String block(int layer, String weight) {
        return "block" + layer + "." + weight;
    }

    public ModelShape shape() {
        return shape;
    }

    public int itemCount() {
        return itemCount;
    }

    private void addBlock(int layer, ModelShape shape, int d) {
        add(block(layer, "mixing.gain"), d);
        add(block(layer, "mixing.shift"), d);
        int mixed = shape.mixing() == MixingKind.ATTENTION ? shape.block().attention() : d;
        switch (shape.mixing()) {
            case ATTENTION -> {
                add(block(layer, "qkv.weight"), 3L * mixed, d);
                add(block(layer, "qkv.bias"), 3L * mixed);
                add(block(layer, "distance"), shape.block().heads(), shape.reach());
            }
            case CONVOLUTION -> {
                add(block(layer, "gated.weight"), 2L * d, d);
                add(block(layer, "gated.bias"), 2L * d);
                add(block(layer, "kernel"), d, shape.reach());
            }
        }
        add(block(layer, "out.weight"), d, mixed);
        add(block(layer, "out.bias"), d);
        add(block(layer, "forward.gain"), d);
        add(block(layer, "forward.shift"), d);
        add(block(layer, "up.weight"), shape.block().feedForward(), d);
        add(block(layer, "up.bias"), shape.block().feedForward());
        add(block(layer, "down.weight"), d, shape.block().feedForward());
        add(block(layer, "down.bias"), d);
    }
}
