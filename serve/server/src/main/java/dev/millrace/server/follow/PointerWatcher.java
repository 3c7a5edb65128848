package dev.millrace.server.follow;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.models.Registry;
import dev.millrace.runtime.Agent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Follows the registry's pointers: what is promoted there is in service here, once it is loaded. Owned by its runner.
 *
 * <p>A version that is itself wrong is refused, and not looked at again until another one is promoted. One that fails for a reason
 * that may pass, such as a full disk or memory, is tried again, seldomer each time.
 */
public final class PointerWatcher implements Agent {
    private static final Logger log = LoggerFactory.getLogger(PointerWatcher.class);
    /** A minute, where a turn is half a second. */
    private static final int MOST_TURNS_BETWEEN = 128;

    private final Registry registry;
    private final List<Followed> followed;

    /** @param pointers in the order in which they are followed: a delta behind the model that it belongs to */
    public PointerWatcher(Registry registry, Pointer... pointers) {
        this.registry = registry;
        followed = Arrays.stream(pointers).map(Followed::new).toList();
    }

    @Override
    public String name() {
        return "pointers";
    }

    /** @return how many versions were taken or refused */
    @Override
    public int doWork() throws IOException {
        int done = 0;
        IOException unreadable = null;
        for (Followed one : followed) {
            try {
                done += one.follow();
            } catch (IOException e) { // the other pointers are followed all the same
                if (unreadable != null) {
                    e.addSuppressed(unreadable);
                }
                unreadable = e;
            }
        }
        if (unreadable != null) {
            throw unreadable;
        }
        return done;
    }

    /** A version, and what it was to be put on. */
    private record Target(String version, String base) {}

    /** A pointer, and how far it was followed. Owned by the watcher. */
    private final class Followed {
        private final Pointer pointer;
        /** Taken, or refused for good. */
        private @Nullable Target settled;
        /** Failed, and is tried again. */
        private @Nullable Target failed;

        private int failures;
        private int turnsToWait;

        Followed(Pointer pointer) {
            this.pointer = pointer;
        }

        int follow() throws IOException {
            String version = pointer.wanted();
            String base = pointer.base();
            if (version == null || base == null) {
                return 0;
            }
            Target target = new Target(version, base);
            boolean isWaiting = target.equals(failed) && turnsToWait-- > 0;
            return target.equals(settled) || isWaiting ? 0 : take(target);
        }

        private int take(Target target) {
            String version = target.version;
            try {
                if (!pointer.restore(version)) {
                    pointer.take(registry.open(version)
                            .orElseThrow(() -> new IOException(pointer.kind() + " " + version + " is gone")));
                }
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                if (!isForGood(e)) {
                    waitAfter(target, e);
                    return 0;
                }
                log.error("{} {} cannot be used; {} goes on answering", pointer.kind(), version, pointer.present(), e);
            }
            settled = target;
            failed = null;
            return 1;
        }

        private void waitAfter(Target target, Throwable e) {
            if (!target.equals(failed)) { // it is told of once
                log.error(
                        "{} {} cannot be used and is tried again; {} goes on answering",
                        pointer.kind(),
                        target.version,
                        pointer.present(),
                        e);
                failures = 0;
            }
            failed = target;
            turnsToWait = Math.min(MOST_TURNS_BETWEEN, (1 << Math.min(failures++, 7)) - 1);
        }
    }

    /** What the version itself is wrong in. */
    private static boolean isForGood(Throwable e) {
        return e instanceof BundleRefusedException
                || (e instanceof MillraceException refusal && refusal.code() == ErrorCode.CONFLICT);
    }
}
