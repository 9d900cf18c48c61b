package io.chaosproxy.inject;

import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which bytes of an exchange are payload and which frame it, by their position in the exchange, as far as a stage may still hold
 * them. Thread-safe: the writer adds runs, threads of delay lines look them up.
 *
 * <p>The number of runs is bounded. Where it is reached, as by a line full of tiny chunks, framing counts as payload.
 */
final class PayloadMap {
    /** Upper bound for the runs. */
    static final int MOST = 4096;

    private final ReentrantLock lock = new ReentrantLock();
    private long[] ends = new long[8]; // ascending; negative for framing
    private int count;
    private long payloadEnd = Long.MAX_VALUE;

    /**
     * Adds the bytes up to a position.
     *
     * @param passed position up to which nothing is held any more, so that runs up to there can be dropped
     */
    void add(long end, boolean payload, long passed) {
        lock.lock();
        try {
            long last = count == 0 ? 0 : Math.abs(ends[count - 1]);
            if (end <= last) {
                return;
            }
            if (count > 0 && isPayloadRun(count - 1) == payload) {
                ends[count - 1] = payload ? end : -end;
                return;
            }
            if (count == MOST) {
                drop(passed);
            }
            if (count == MOST) {
                ends[count - 1] = end;
                return;
            }
            if (count == ends.length) {
                ends = Arrays.copyOf(ends, count * 2);
            }
            ends[count++] = payload ? end : -end;
        } finally {
            lock.unlock();
        }
    }

    private void drop(long passed) {
        int gone = 0;
        while (gone < count && Math.abs(ends[gone]) <= passed) {
            gone++;
        }
        System.arraycopy(ends, gone, ends, 0, count - gone);
        count -= gone;
    }

    private boolean isPayloadRun(int run) {
        return ends[run] > 0;
    }

    /** The run of the byte at this position; {@code count} behind the last one. */
    private int runAt(long position) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Math.abs(ends[middle]) > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Whether the byte at this position is payload. */
    boolean isPayload(long position) {
        lock.lock();
        try {
            int run = runAt(position);
            return run == count || isPayloadRun(run);
        } finally {
            lock.unlock();
        }
    }

    /** Position behind the last byte that is of the same kind as the one at this position. */
    long runEnd(long position) {
        lock.lock();
        try {
            int run = runAt(position);
            return run == count ? Long.MAX_VALUE : Math.abs(ends[run]);
        } finally {
            lock.unlock();
        }
    }

    /** The payload is complete at this position. */
    void payloadEnds(long position) {
        lock.lock();
        try {
            payloadEnd = Math.min(payloadEnd, position);
        } finally {
            lock.unlock();
        }
    }

    /** Whether no payload follows behind this position. */
    boolean isPayloadOver(long position) {
        lock.lock();
        try {
            return position >= payloadEnd;
        } finally {
            lock.unlock();
        }
    }
}
