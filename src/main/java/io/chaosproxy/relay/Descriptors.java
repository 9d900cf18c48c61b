package io.chaosproxy.relay;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The file descriptors that connections may use. The last ones of the process are left to the control plane and to files,
 * which must work just when traffic is stuck: at 4.5.0 the accept loop of Helidon's WebServer ends for good when it finds
 * none.
 *
 * <p>What else the process has open is counted now and then only, since that is work for the kernel. Any thread may use
 * it.
 */
final class Descriptors {
    /** Enough for some dozen calls to the control plane at once, a new proxy, and the files of a reload. */
    private static final int RESERVE = 64;

    /** The socket of the client and that of the upstream. */
    private static final int EACH = 2;

    /** So few connections exhaust nothing, and whoever has no more never pays for the counting. */
    private static final int FEW = 8;

    private static final long RECOUNT = Duration.ofMillis(50).toNanos();

    /** Counting tens of thousands takes milliseconds; it may take this part of the time. */
    private static final int SHARE = 100;

    private final AtomicInteger connections = new AtomicInteger();

    private volatile boolean counted;
    private volatile long nextCount;
    private volatile long others;

    /** Takes what one connection needs; false if too little would be left. */
    boolean take() {
        int open = connections.incrementAndGet();
        if (open <= FEW || (long) open * EACH + others(open - 1) <= Limit.MOST - Limit.reserve()) {
            return true;
        }
        connections.decrementAndGet();
        return false;
    }

    /** One connection gives back what it took. */
    void free() {
        connections.decrementAndGet();
    }

    /** What the process has open besides so many connections. */
    private long others(int open) {
        long now = System.nanoTime();
        if (!counted || now - nextCount >= 0) {
            others = Math.max(0, Limit.open() - (long) open * EACH);
            nextCount = now + Math.max(RECOUNT, (System.nanoTime() - now) * SHARE);
            counted = true;
        }
        return others;
    }

    /** What is said of a client that has to wait. */
    static String exhausted() {
        return "all but " + Limit.reserve() + " of the " + Limit.MOST
                + " files that the process may have open are in use (ulimit -n)";
    }

    /** What the operating system says. Loaded when it is needed: the classes of the JDK's management take their time. */
    private static final class Limit {
        private static final OperatingSystemMXBean SYSTEM = ManagementFactory.getOperatingSystemMXBean();
        private static final long MOST =
                SYSTEM instanceof UnixOperatingSystemMXBean unix ? unix.getMaxFileDescriptorCount() : Long.MAX_VALUE;

        /** A process that may open few files isn't all reserve. */
        static long reserve() {
            return Math.min(RESERVE, MOST / 4);
        }

        static long open() {
            return SYSTEM instanceof UnixOperatingSystemMXBean unix ? unix.getOpenFileDescriptorCount() : 0;
        }
    }
}
