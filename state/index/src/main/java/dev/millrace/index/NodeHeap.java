package dev.millrace.index;

import java.util.Arrays;

/** A growing binary heap of nodes, the one with the highest score first. Owned by one thread. */
final class NodeHeap {
    /** The score in its order as an integer in the high half, the node in the low half. */
    private long[] heap = new long[1_024];

    private int size;

    void clear() {
        size = 0;
    }

    boolean isEmpty() {
        return size == 0;
    }

    float topScore() {
        int bits = (int) (heap[0] >> 32);
        return Float.intBitsToFloat(bits ^ ((bits >> 31) & Integer.MAX_VALUE));
    }

    void push(int node, float score) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        int bits = Float.floatToIntBits(score);
        long entry = ((long) (bits ^ ((bits >> 31) & Integer.MAX_VALUE)) << 32) | node;
        int hole = size++;
        while (hole > 0) {
            int parent = (hole - 1) >>> 1;
            if (heap[parent] >= entry) {
                break;
            }
            heap[hole] = heap[parent];
            hole = parent;
        }
        heap[hole] = entry;
    }

    int pop() {
        int top = (int) heap[0];
        long entry = heap[--size];
        int hole = 0;
        for (int child = 1; child < size; child = 2 * hole + 1) {
            if (child + 1 < size && heap[child + 1] > heap[child]) {
                child++;
            }
            if (heap[child] <= entry) {
                break;
            }
            heap[hole] = heap[child];
            hole = child;
        }
        heap[hole] = entry;
        return top;
    }
}
