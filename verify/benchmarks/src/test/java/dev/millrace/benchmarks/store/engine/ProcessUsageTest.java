package dev.millrace.benchmarks.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What the kernel says of processes. */
class ProcessUsageTest {
    @Test
    void kernelThread_isTold_byItsParent() {
        String rest = " 0 0 0 -1 69238880 0 0 0 0 30 12 0 0 20 0 1 0 25 0 0";
        assertEquals(42, ProcessUsage.kernelTicks("58 (kworker/0:1H-kblockd) I 2" + rest));
        assertEquals(0, ProcessUsage.kernelTicks("4711 (a (java) b) S 1" + rest));
    }

    @Test
    void kernelThreads_useLessThanTheMachine() {
        assertTrue(ProcessUsage.kernelCpuNanos() <= ProcessUsage.machineCpuNanos());
    }
}
