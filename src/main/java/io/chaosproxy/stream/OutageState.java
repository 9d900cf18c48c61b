package io.chaosproxy.stream;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Until when nothing moves under an {@code Outage}, and the trials that its connections have in common. One for each
 * connection, proxy or configuration, as the scope of the rule says. Any thread may use it.
 */
public final class OutageState {
    /** No trial is due. */
    public static final long NOT_DUE = -1;

    private static final long SECOND = 1_000_000_000;

    private final ReentrantLock closing = new ReentrantLock();
    private final AtomicReference<@Nullable Tried> tried = new AtomicReference<>();
    private volatile @Nullable Closed closed;
    private volatile long primaryCount; // writes of the direction whose bytes are the trials

    private record Closed(long at, long nanos) {}

    /** The last trial: in which second after the first one it was made. */
    private record Tried(long begun, long second, long number) {
        Tried next(long now) {
            return new Tried(begun, (now - begun) / SECOND, number + 1);
        }
    }

    /** Everything moves, and no trial has been made. */
    public OutageState() {}

    /** Nanoseconds until everything moves again; 0 or less if it does. */
    public long left(long now) {
        Closed last = closed;
        return last == null ? 0 : last.nanos - (now - last.at);
    }

    /**
     * Begins an outage, unless one is under way: then this one is left out and counts as no hit.
     *
     * @param hit false if the hits of the rule are used up; given what begins the outage, to be run before the journal has
     *     its entry: bytes that come after that are stalled
     */
    public void begin(long now, long nanos, Predicate<Runnable> hit) {
        Closed next = new Closed(now, nanos);
        closing.lock();
        try {
            if (left(now) <= 0 && hit.test(() -> closed = next)) {
                closed = next;
            }
        } finally {
            closing.unlock();
        }
    }

    /**
     * The trial that all connections have in common: one for each second, counted from the first one, in which any of them
     * carries bytes. None is made during an outage.
     *
     * @param now time in nanoseconds
     * @return its number, from 0, for one caller each second; {@link #NOT_DUE} for all others
     */
    public long due(long now) {
        Tried last = tried.get();
        Tried next = last == null ? new Tried(now, 0, 0) : last.next(now);
        boolean late = last == null || next.second > last.second;
        return late && left(now) <= 0 && tried.compareAndSet(last, next) ? next.number : NOT_DUE;
    }

    /**
     * The rule was edited: an outage under way is over, and the next byte is a trial. The numbers of trials go on, for on
     * other proxies the rule may be the same as before.
     */
    public void restart() {
        closing.lock();
        try {
            closed = null;
            tried.updateAndGet(last -> last == null ? null : new Tried(last.begun, -1, last.number));
        } finally {
            closing.unlock();
        }
    }

    /** {@return whether no outage has begun since it was made or restarted} */
    public boolean isFresh() {
        return closed == null;
    }

    /** Counts bytes of the primary direction of a connection: those of the response. Called by that direction alone. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void primaryCarries() {
        primaryCount++;
    }

    /** A number that changes whenever the primary direction carries bytes. */
    public long primaryCount() {
        return primaryCount;
    }
}
