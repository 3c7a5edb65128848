package dev.millrace.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** What Linux is asked about where memory lies, by the numbers of its calls: libnuma need not be there. Stateless, thread-safe. */
class NumaCalls {
    // Linux, linux/mempolicy.h.
    private static final long INTERLEAVE = 3;
    private static final long OF_ALLOWED_NODES = 4;
    /** The rest of the word that says a policy is how it is meant. */
    private static final int POLICY_MASK = 0xFFF;

    /** The kernel takes one from the number of bits that it is told. */
    private static final long MASK_BITS = NumaTopology.MAX_NODES + 1L;

    private static final long MASK_BYTES = NumaTopology.MAX_NODES / Byte.SIZE;

    final long bindNumber;
    final long policyNumber;

    /**
     * Of a system that gives its calls these numbers.
     *
     * @param bindNumber of {@code mbind}
     * @param policyNumber of {@code get_mempolicy}
     */
    NumaCalls(long bindNumber, long policyNumber) {
        this.bindNumber = bindNumber;
        this.policyNumber = policyNumber;
    }

    /** Those of this machine's kind of processor; on one that is not known, every call fails. */
    static NumaCalls ofMachine() {
        return switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> new NumaCalls(237, 239);
            case "aarch64", "riscv64" -> new NumaCalls(235, 236);
            default -> new NumaCalls(-1, -1);
        };
    }

    /** @return the policy of this thread, as it has it from who started it, 0 for none; or the negated number of an error */
    int policy() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mode = arena.allocate(ValueLayout.JAVA_INT);
            long error = SystemCall.call(policyNumber, mode.address(), 0, 0, 0, 0, 0);
            return error < 0 ? (int) error : mode.get(ValueLayout.JAVA_INT, 0) & POLICY_MASK;
        }
    }

    /** Which nodes this process may use; none where the system does not tell. */
    List<Integer> allowed() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            long error = SystemCall.call(policyNumber, 0, mask.address(), MASK_BITS, 0, OF_ALLOWED_NODES, 0);
            List<Integer> nodes = new ArrayList<>();
            for (int node = 0; error >= 0 && node < NumaTopology.MAX_NODES; node++) {
                long word = mask.getAtIndex(ValueLayout.JAVA_LONG, node / Long.SIZE);
                if ((word >>> node & 1) != 0) {
                    nodes.add(node);
                }
            }
            return nodes;
        }
    }

    /**
     * Has pages that nobody has touched yet come from each of the nodes in turn.
     *
     * @param address at a page's border
     * @return 0, or the negated number of an error
     */
    int interleave(long address, long bytes, List<Integer> nodes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            for (int node : nodes) {
                long word = mask.getAtIndex(ValueLayout.JAVA_LONG, node / Long.SIZE);
                mask.setAtIndex(ValueLayout.JAVA_LONG, node / Long.SIZE, word | 1L << node);
            }
            return (int) SystemCall.call(bindNumber, address, bytes, INTERLEAVE, mask.address(), MASK_BITS, 0);
        }
    }
}
