package dev.millrace.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

class AdmissionControlTest {
    private static final AdmissionConfig CONFIG =
            new AdmissionConfig(2, 100, Duration.ofMillis(20), Duration.ofMillis(2));

    private final FakeClock clock = new FakeClock();
    private final AdmissionControl control = new AdmissionControl(CONFIG, clock);

    @Test
    void tryAcquire_whileTheExpectedWaitIsShort_admits() {
        // Two workers idle and 2 ms each: 16 ms, the share of people's requests, are 16 waiting and 2 that begin at
        // once.
        List<Admission> admitted = new ArrayList<>();
        Admission last = control.tryAcquire(Priority.INTERACTIVE, deadline());
        while (last instanceof Admission.Permit) {
            admitted.add(last);
            last = control.tryAcquire(Priority.INTERACTIVE, deadline());
        }
        assertEquals(19, admitted.size());
        assertTrue(assertInstanceOf(Admission.Rejection.class, last).retryAfterMillis() >= 100);
        assertEquals(1, control.rejected());
        assertInstanceOf(Admission.Rejection.class, control.tryAcquire(Priority.BACKGROUND, deadline()));
    }

    @Test
    void begin_afterTooLongAWait_saysThatItIsNotWorthIt() {
        Admission.Permit permit = acquire();
        clock.advanceMillis(22);
        assertFalse(permit.begin());
        permit.close();
        assertEquals(1, control.dropped());
        Admission.Permit next = acquire();
        clock.advanceMillis(20);
        assertTrue(next.begin());
        next.close();
        assertEquals(0, control.running());
        assertEquals(0, control.waiting());
    }

    @Test
    void tryAcquire_behindOthersWithTooLittleTimeLeft_refusesAtOnce() {
        acquire();
        acquire();
        acquire();
        Deadline tooSoon = Deadline.after(Duration.ofMillis(2), clock);
        assertInstanceOf(Admission.Rejection.class, control.tryAcquire(Priority.INTERACTIVE, tooSoon));
        assertEquals(3, control.waiting());
    }

    @Test
    void tryAcquire_afterAnswersThatTookTooLong_findsOutThatTheyNoLongerDo() {
        for (int i = 0; i < 20; i++) {
            Admission.Permit slow = acquire();
            assertTrue(slow.begin());
            clock.advanceMillis(400);
            slow.close();
        }
        for (int i = 0; i < 200; i++) {
            Admission.Permit quick = acquire();
            assertTrue(quick.begin());
            clock.advanceMillis(1);
            quick.close();
        }
        acquire();
        acquire();
        acquire();
        assertEquals(0, control.rejected());
    }

    @Test
    void tryReject_atAnyLoad_saysWhatTryAcquireSays_andTakesNoPlace() {
        for (int ahead = 0; ahead < 40; ahead++) {
            int waiting = control.waiting();
            long rejected = control.rejected();
            boolean early = control.tryReject(Priority.INTERACTIVE, deadline()) != null;
            assertEquals(waiting, control.waiting());
            assertEquals(early ? 1 : 0, control.rejected() - rejected, "a refusal is counted once");
            boolean late = control.tryAcquire(Priority.INTERACTIVE, deadline()) instanceof Admission.Rejection;
            assertEquals(early, late, "with " + ahead + " ahead");
        }
        assertTrue(control.rejected() > 0);
    }

    @Test
    void tryReject_withAnIdleWorker_letsPass_howeverManyWereRefused() {
        assertTrue(acquire().begin());
        Deadline passed = Deadline.after(Duration.ZERO, clock);
        for (int i = 0; i < 10_000; i++) {
            control.tryReject(Priority.INTERACTIVE, passed);
        }
        assertEquals(10_000, control.rejected());
        assertNull(control.tryReject(Priority.INTERACTIVE, deadline()));
    }

    @Test
    void tryReject_tooLateWhereNobodyWaits_leavesTheQueueAsLong() {
        int before = longestQueue();
        assertTrue(acquire().begin());
        Deadline passed = Deadline.after(Duration.ZERO, clock);
        for (int i = 0; i < 10_000; i++) {
            control.tryReject(Priority.INTERACTIVE, passed);
        }
        control.finishedUnserved();
        assertEquals(before, longestQueue());
    }

    /** A cold process takes long to read its first request. */
    @Test
    void tryReject_tooLateWhereNothingIsDone_letsPass() {
        Deadline passed = Deadline.after(Duration.ZERO, clock);
        assertNull(control.tryReject(Priority.INTERACTIVE, passed));
        assertEquals(0, control.rejected());
    }

    @Test
    void overload_lasting_shortensTheQueue_andItsEndLengthensItAgain() {
        int before = longestQueue();
        simulate(2_000, 10, 5);
        drain();
        int during = longestQueue();
        for (int i = 0; i < 2_000; i++) {
            Admission.Permit permit = acquire();
            assertTrue(permit.begin());
            clock.advanceMillis(2);
            permit.close();
        }
        int after = longestQueue();
        assertTrue(during >= 1 && during < before / 2, before + " waited before, " + during + " during the overload");
        assertEquals(before, after);
    }

    /** How many are admitted at once while both workers are busy. */
    private int longestQueue() {
        List<Admission.Permit> permits = new ArrayList<>(List.of(acquire(), acquire()));
        permits.forEach(permit -> assertTrue(permit.begin()));
        while (control.tryAcquire(Priority.INTERACTIVE, deadline()) instanceof Admission.Permit permit) {
            permits.add(permit);
        }
        permits.subList(2, permits.size()).forEach(Admission.Permit::close);
        int waited = permits.size() - 2;
        permits.subList(0, 2).forEach(permit -> {
            clock.advanceMillis(1);
            permit.close();
        });
        return waited;
    }

    private void drain() {
        queue.forEach(Admission.Permit::close);
        queue.clear();
        for (int worker = 0; worker < 2; worker++) {
            Admission.Permit permit = running[worker];
            if (permit != null) {
                permit.close();
            }
            running[worker] = null;
            left[worker] = 0;
        }
    }

    @Test
    void permit_usedTwice_isRefusedAndClosingIsIdempotent() {
        Admission.Permit permit = acquire();
        permit.begin();
        assertThrows(IllegalStateException.class, permit::begin);
        permit.close();
        permit.close();
        assertEquals(0, control.running());
        acquire().close();
        assertEquals(0, control.waiting());
    }

    @Test
    void overload_tenfold_keepsWorkersBusyAndWaitsShort() {
        // The first requests are admitted on the assumption of 2 ms, and some of them wait too long.
        simulate(500, 10, 5);
        assertTrue(control.dropped() < 40, control.dropped() + " dropped");
        long dropped = control.dropped();
        long served = simulate(10_000, 10, 5);
        // 2 workers at 5 ms a request finish 400 a second.
        assertTrue(served > 3_900, served + " served in 10 s");
        assertTrue(control.rejected() > 30_000, control.rejected() + " rejected");
        assertEquals(dropped, control.dropped());
    }

    /** Leaves 20 ms to wait before the 2 ms of work. */
    private Deadline deadline() {
        return Deadline.after(Duration.ofMillis(22), clock);
    }

    private final Deque<Admission.Permit> queue = new ArrayDeque<>();
    private final Admission.@Nullable Permit[] running = new Admission.Permit[2];
    private final int[] left = new int[2];

    /** Every millisecond some requests arrive; two workers serve them in order. */
    private long simulate(int millis, int workFactor, int serviceMillis) {
        long served = 0;
        for (int now = 0; now < millis; now++) {
            for (int i = 0; i < 2 * workFactor / serviceMillis; i++) {
                if (control.tryAcquire(Priority.INTERACTIVE, Deadline.after(Duration.ofMillis(40), clock))
                        instanceof Admission.Permit permit) {
                    queue.add(permit);
                }
            }
            for (int worker = 0; worker < 2; worker++) {
                Admission.Permit done = running[worker];
                if (left[worker] == 0 && done != null) {
                    done.close();
                    served++;
                }
                if (left[worker] == 0) {
                    running[worker] = next();
                    left[worker] = running[worker] == null ? 1 : serviceMillis;
                }
                left[worker]--;
            }
            clock.advanceMillis(1);
        }
        return served;
    }

    /** The first that is worth doing. */
    private Admission.@Nullable Permit next() {
        Admission.Permit permit = queue.poll();
        while (permit != null && !permit.begin()) {
            permit.close();
            permit = queue.poll();
        }
        return permit;
    }

    private Admission.Permit acquire() {
        return assertInstanceOf(Admission.Permit.class, control.tryAcquire(Priority.INTERACTIVE, deadline()));
    }
}
