package dev.millrace.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar that moves, for people at a terminal. Owned by one thread. */
final class BarProgress implements ProgressDisplay {
    private static final int UPDATE_MILLIS = 200;

    private final ProgressBar bar;

    BarProgress(String task, String unit, long unitSize) {
        bar = new ProgressBarBuilder()
                .setTaskName(task)
                .setUnit(" " + unit, unitSize)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setInitialMax(0)
                .build();
    }

    @Override
    public void show(long done, long total, String note) {
        bar.maxHint(total);
        bar.stepTo(Math.min(done, total));
        bar.setExtraMessage(" " + note);
    }

    @Override
    public void close() {
        bar.close();
    }
}
