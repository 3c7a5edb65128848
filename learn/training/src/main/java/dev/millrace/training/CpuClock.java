package dev.millrace.training;

import com.sun.management.OperatingSystemMXBean;

import java.lang.management.ManagementFactory;

/** Processor seconds of this process since the clock was made, plus those of earlier parts of the same run. Immutable. */
public final class CpuClock {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final double NANOS = 1e9;

    private final double offset;

    public CpuClock(double earlierSeconds) {
        offset = earlierSeconds - now();
    }

    public double seconds() {
        return offset + now();
    }

    private static double now() {
        return SYSTEM.getProcessCpuTime() / NANOS;
    }
}
