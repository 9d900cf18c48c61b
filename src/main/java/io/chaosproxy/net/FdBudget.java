package io.chaosproxy.net;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Budget of the file descriptors that proxies may use for their connections and listeners, one for the process as the limit of the operating system
 * is. The last ones are left to the control plane and to files, which must work just when traffic is stuck.
 *
 * <p>A connection takes its two descriptors when it is accepted, although the second one is opened later, when the upstream
 * is dialled: so the reserve holds in whatever order connections are accepted and dialled. What else the process has open is
 * counted now and then only, since that is work for the kernel. Thread-safe.
 */
final class FdBudget {
    /** Budget of this process. */
    static final FdBudget OF_PROCESS = new FdBudget();

    /** Descriptors of one connection: the socket of the client and that of the upstream. */
    static final int EACH = 2;

    /** Enough for the connections of the control plane, and the files of a reload. */
    private static final int RESERVE = 64;

    /** Up to this many descriptors are granted without counting what else is open. */
    private static final int FEW = 16;

    private static final long RECOUNT = Duration.ofMillis(50).toNanos();

    /** Counting tens of thousands takes milliseconds; it may take this part of the time. */
    private static final int SHARE = 100;

    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong open = new AtomicLong();
    private final AtomicLong waiting = new AtomicLong();

    private volatile boolean counted;
    private volatile long nextCount;
    private volatile long others;

    private FdBudget() {}

    /** Takes this many descriptors; false if too few would be left. */
    boolean take(int count) {
        long all = taken.addAndGet(count);
        if (fits(all)) {
            return true;
        }
        taken.addAndGet(-count);
        return false;
    }

    /** Takes this many from the reserve if there are no others; the caller bounds such use. */
    void takeAnyway(int count) {
        taken.addAndGet(count);
    }

    /** Gives back descriptors that were taken. */
    void free(int count) {
        taken.addAndGet(-count);
    }

    /** Whether this many could be taken at present. */
    boolean hasRoom(int count) {
        return fits(taken.get() + count);
    }

    private boolean fits(long all) {
        return all <= FEW || all + others() <= Limit.MAX - Limit.reserve();
    }

    /**
     * Takes a place among the few clients that have been accepted and wait for descriptors: each has one already, so they
     * are part of the reserve.
     */
    boolean takeWaitingPlace() {
        if (waiting.incrementAndGet() <= Math.max(1, Limit.reserve() / 4)) {
            return true;
        }
        waiting.decrementAndGet();
        return false;
    }

    void freeWaitingPlace() {
        waiting.decrementAndGet();
    }

    /** A descriptor that was taken is in use from now on. */
    void opened() {
        open.incrementAndGet();
    }

    /** A descriptor that was in use is closed. */
    void closed() {
        open.decrementAndGet();
    }

    /** Descriptors that the process has open besides those of connections. */
    private long others() {
        long now = System.nanoTime();
        if (!counted || now - nextCount >= 0) {
            others = Math.max(0, Limit.open() - open.get());
            nextCount = now + Math.max(RECOUNT, (System.nanoTime() - now) * SHARE);
            counted = true;
        }
        return others;
    }

    /** Descriptors that are kept free for everything but connections. */
    static long reserve() {
        return Limit.reserve();
    }

    /** Log message for a client that has to wait. */
    static String exhausted() {
        return "all but " + Limit.reserve() + " of the " + Limit.MAX
                + " files that the process may have open are in use (ulimit -n)";
    }

    /** Figures of the operating system. Loaded when needed: the JDK's management classes take long to load. */
    private static final class Limit {
        private static final OperatingSystemMXBean SYSTEM = ManagementFactory.getOperatingSystemMXBean();
        private static final long MAX =
                SYSTEM instanceof UnixOperatingSystemMXBean unix ? unix.getMaxFileDescriptorCount() : Long.MAX_VALUE;

        /** A process that may open few files isn't all reserve. */
        static long reserve() {
            return Math.min(RESERVE, MAX / 4);
        }

        static long open() {
            return SYSTEM instanceof UnixOperatingSystemMXBean unix ? unix.getOpenFileDescriptorCount() : 0;
        }
    }
}
