package io.chaosproxy.flow;

import java.util.concurrent.locks.LockSupport;

/** Where time comes from and how a thread lets it pass; tests put a clock moved by hand in its place. */
public interface TimeSource {
    /** The clock of the machine, as {@link System#nanoTime}. */
    TimeSource SYSTEM = new TimeSource() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void park(Object blocker, long nanos) {
            if (nanos > Long.MAX_VALUE / 2) LockSupport.park(blocker);
            else if (nanos > 0) ParkTimer.park(blocker, nanos);
        }
    };

    /** Nanoseconds since some fixed moment; only differences have a meaning. */
    long nanoTime();

    /** Parks the current thread for at most this number of nanoseconds; may return early. */
    void park(Object blocker, long nanos);

    /** Ends the park of another thread, or makes its next one return at once. */
    default void unpark(Thread thread) {
        LockSupport.unpark(thread);
    }
}
