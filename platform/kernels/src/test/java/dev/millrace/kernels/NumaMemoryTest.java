package dev.millrace.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Memory placed by the real system's calls; machines of several nodes are made up. */
class NumaMemoryTest {
    private static final long BYTES = 8L << 20;
    private static final int INTERLEAVED = 3;
    private static final long OF_ADDRESS = 2;

    private final NumaCalls calls = NumaCalls.ofMachine();

    @TempDir
    private Path root;

    /** A machine whose system lets the process use two nodes; all else is the real one. */
    private static final class TwoNodes extends NumaCalls {
        private final int policy;

        TwoNodes(int policy) {
            super(NumaCalls.ofMachine().bindNumber, NumaCalls.ofMachine().policyNumber);
            this.policy = policy;
        }

        @Override
        int policy() {
            return policy;
        }

        @Override
        List<Integer> allowed() {
            return List.of(0, 1);
        }
    }

    @Test
    void memory_thatIsSpread_isInterleavedOverItsNodes() {
        assumeTrue(calls.policy() == 0, "this system tells of no memory policies, or has one");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = LargeMemory.allocate(BYTES, arena);
            NumaMemory spread = new NumaMemory(List.of(0), calls, "is interleaved");
            spread.spread(memory.address(), BYTES);
            assertFalse(spread.isRefused());
            for (long at : new long[] {0, BYTES / 2, BYTES - 1}) {
                assertEquals(INTERLEAVED, policyAt(memory.address() + at));
            }
            memory.set(ValueLayout.JAVA_LONG, BYTES / 2, 7);
            assertEquals(7, memory.get(ValueLayout.JAVA_LONG, BYTES / 2));
        }
    }

    @Test
    void memory_ofAProcessOnOneNode_isLeftAlone() {
        assumeTrue(calls.policy() == 0 && calls.allowed().equals(List.of(0)), "this machine has several nodes");
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(0, policyAt(LargeMemory.allocate(BYTES, arena).address()));
        }
        assertEquals(
                "is on one NUMA node: no other has memory and processors",
                NumaMemory.ofProcess().decision());
    }

    @Test
    void refusal_ofANodeThatIsNotThere_isHarmless() {
        requireHarmless(new NumaMemory(List.of(1_000), calls, "is interleaved"));
    }

    @Test
    void refusal_ofASystemWithoutTheCall_isHarmless() {
        NumaCalls unknown = new NumaCalls(100_000, 100_000);
        requireHarmless(new NumaMemory(List.of(0), unknown, "is interleaved"));
        assertTrue(unknown.policy() < 0);
        assertEquals(List.of(), unknown.allowed());
    }

    private static void requireHarmless(NumaMemory refused) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = LargeMemory.allocate(BYTES, arena);
            refused.spread(memory.address(), BYTES);
            assertTrue(refused.isRefused());
            refused.spread(memory.address(), BYTES);
            memory.set(ValueLayout.JAVA_LONG, BYTES / 2, 7);
            assertEquals(7, memory.get(ValueLayout.JAVA_LONG, BYTES / 2));
        }
    }

    @Test
    void machine_ofTwoNodes_isInterleaved() throws IOException {
        describe("0-1");
        assertEquals(
                "is interleaved over NUMA nodes [0, 1]",
                NumaMemory.decide(root, new TwoNodes(0)).decision());
    }

    @Test
    void process_startedWithAPolicy_keepsIt() throws IOException {
        describe("0-1");
        int bound = 2;
        NumaMemory memory = NumaMemory.decide(root, new TwoNodes(bound));
        assertEquals("stays where the NUMA policy puts it that the process was started with", memory.decision());
        requireLeftAlone(memory);
    }

    @Test
    void process_thatMayUseOneOfTwoNodes_isLeftAlone() throws IOException {
        describe("0,3");
        NumaMemory memory = NumaMemory.decide(root, new TwoNodes(0));
        assertEquals("is on one NUMA node: the process may use no other", memory.decision());
        requireLeftAlone(memory);
    }

    @Test
    void system_thatRefusesToTellThePolicy_isLeftAlone() throws IOException {
        describe("0-1");
        int notPermitted = 1;
        NumaMemory memory = NumaMemory.decide(root, new TwoNodes(-notPermitted));
        assertTrue(memory.decision().endsWith("error 1"), memory::decision);
        requireLeftAlone(memory);
    }

    @Test
    void garbage_leavesMemoryAloneAndIsTold() throws IOException {
        describe("all of them");
        NumaMemory memory = NumaMemory.decide(root, new TwoNodes(0));
        assertTrue(memory.decision().contains("says 'all of them'"), memory::decision);
        requireLeftAlone(memory);
    }

    private void requireLeftAlone(NumaMemory memory) {
        assumeTrue(calls.policy() == 0, "this system tells of no memory policies, or has one");
        try (Arena arena = Arena.ofConfined()) {
            // Mapped here, since what LargeMemory gives may be spread already.
            MemorySegment pages = arena.allocate(BYTES, 4096);
            memory.spread(pages.address(), BYTES);
            assertFalse(memory.isRefused());
            assertEquals(0, policyAt(pages.address()));
        }
    }

    private int policyAt(long address) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mode = arena.allocate(ValueLayout.JAVA_INT);
            assertEquals(0, SystemCall.call(calls.policyNumber, mode.address(), 0, 0, address, OF_ADDRESS, 0));
            return mode.get(ValueLayout.JAVA_INT, 0);
        }
    }

    private void describe(String online) throws IOException {
        Path folder = Files.createDirectories(root.resolve(NumaTopology.FOLDER));
        Files.writeString(folder.resolve("online"), online);
    }
}
