package io.chaosproxy.inject;

import io.chaosproxy.flow.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Records of the last connections and exchanges of each proxy. They are made only while somebody asks for them; otherwise a
 * connection or exchange costs one look at a flag. Thread-safe.
 *
 * <p>Of a busy proxy some are recorded, up to {@link #PER_SECOND} a second, so that a reader costs little of its throughput.
 */
public final class Traces {
    /** Records that are kept of one proxy. */
    public static final int KEPT = 100;

    /** Records that are begun in one second on one proxy. */
    public static final int PER_SECOND = 50;

    private static final long SECOND = 1_000_000_000;

    private final TimeSource time;
    private final Map<String, Ring> rings = new ConcurrentHashMap<>();
    private final AtomicInteger readers = new AtomicInteger();
    private volatile boolean recording;
    private volatile long until; // nanoTime, while there is no reader that stays

    /** Without a reader. */
    public Traces(TimeSource time) {
        this.time = time;
    }

    /** The records of one proxy. */
    private static final class Ring {
        private final ReentrantLock lock = new ReentrantLock();
        private final ArrayDeque<Trace> traces = new ArrayDeque<>();
        private final LongAdder leftOut = new LongAdder();
        private volatile long full = Long.MIN_VALUE; // the last second in which no further record was begun
        private long second = Long.MIN_VALUE;
        private int begun; // in this second

        /** Whether one more is begun in the present second; without the lock once there are enough. */
        boolean admits(long now) {
            long present = Math.floorDiv(now, SECOND);
            if (present == full || !begins(present)) {
                leftOut.increment();
                return false;
            }
            return true;
        }

        private boolean begins(long present) {
            lock.lock();
            try {
                if (present != second) {
                    second = present;
                    begun = 0;
                }
                if (begun == PER_SECOND) {
                    full = present;
                    return false;
                }
                begun++;
                return true;
            } finally {
                lock.unlock();
            }
        }

        void add(Trace trace) {
            lock.lock();
            try {
                if (traces.size() == KEPT) {
                    traces.removeFirst();
                }
                traces.addLast(trace);
            } finally {
                lock.unlock();
            }
        }

        List<Trace> all() {
            lock.lock();
            try {
                return new ArrayList<>(traces);
            } finally {
                lock.unlock();
            }
        }

        long leftOut() {
            return leftOut.sum();
        }
    }

    /** A record of a connection or exchange that begins now; null if none is wanted. */
    public @Nullable Trace begin(String proxy, Target target) {
        return recording ? record(proxy, target) : null;
    }

    private @Nullable Trace record(String proxy, Target target) {
        long now = time.nanoTime();
        if (readers.get() == 0 && now - until > 0) {
            recording = false;
            rings.clear();
            return null;
        }
        Ring ring = rings.computeIfAbsent(proxy, name -> new Ring());
        if (!ring.admits(now)) {
            return null;
        }
        Trace trace = trace(proxy, target);
        ring.add(trace);
        return trace;
    }

    private Trace trace(String proxy, Target target) {
        Request sent = target.request();
        ActivePlan plan = target.plan();
        return new Trace(
                time,
                proxy,
                target.connection(),
                target.exchange(),
                target.client().getHostAddress(),
                sent == null ? "" : sent.method() + " " + sent.path(),
                plan.plan().rules(),
                plan.inForce().stream().map(ActiveRule::rule).toList());
    }

    /** Records from now on until the end of this time, unless it is extended or a reader stays. */
    public void keep(Duration span) {
        until = time.nanoTime() + span.toNanos();
        recording = true;
    }

    /** Records from now on until {@link #leave}. */
    public void stay() {
        readers.incrementAndGet();
        recording = true;
    }

    /** A reader that stayed leaves; records are made and kept this much longer. */
    public void leave(Duration span) {
        until = time.nanoTime() + span.toNanos(); // before the count, which says that it is of use
        readers.decrementAndGet();
    }

    /** Whether records are made at present. */
    public boolean isRecording() {
        return recording && (readers.get() > 0 || time.nanoTime() - until <= 0);
    }

    /** The records of a proxy, the oldest first. */
    public List<Trace> of(String proxy) {
        Ring ring = rings.get(proxy);
        return ring == null ? List.of() : ring.all();
    }

    /** Connections and exchanges of a proxy that were left out, since there were more than {@link #PER_SECOND} in a second. */
    public long leftOut(String proxy) {
        Ring ring = rings.get(proxy);
        return ring == null ? 0 : ring.leftOut();
    }

    /** The proxy is gone. */
    public void forget(String proxy) {
        rings.remove(proxy);
    }
}
