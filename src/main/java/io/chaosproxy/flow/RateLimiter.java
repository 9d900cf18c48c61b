package io.chaosproxy.flow;

import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * One direction of a link that many connections share: bytes leave no faster than its rate.
 *
 * <p>Writers queue up in the order of their arrival, each for one quantum at a time, so a link is shared evenly by those
 * who have something to send, and a short request waits for one quantum of each other writer, not for their downloads.
 * Where many queue up, a grant is less than a quantum, so that each of them gets its turn within a second. Only the head of
 * the queue looks at the clock. Credit is the integral of the rate over time less what was taken: a
 * writer that is woken late finds what it missed, so the total is exact over time, while an unused link saves up
 * one quantum and no more.
 *
 * <p>Any thread may call any method. The lock is held for arithmetic only, never over a wait.
 */
public final class RateLimiter {
    private static final double SECOND = 1e9;

    /** Size of a grant: short enough to be smooth, long enough that timers aren't the bottleneck. */
    private static final double QUANTUM_SECONDS = 0.004;

    /** TCP's usual payload of one Ethernet frame (1500 bytes less 40 of headers): smaller grants only cost packets. */
    private static final int SEGMENT = 1460;

    /** On a narrow link a whole segment would be a long silence; there a quantum is what passes in this time. */
    private static final double LONGEST_GAP_SECONDS = 0.05;

    /**
     * Each writer in the queue gets its turn within this time, so grants shrink where many wait: whole quanta would leave
     * some of 200 connections on a narrow link without a byte for many seconds. Less than a second, for timers are late.
     */
    private static final double ROUND_SECONDS = 0.8;

    /** Upper bound of the time that is caught up on after the machine slept or was starved. */
    private static final double CATCH_UP_SECONDS = 0.1;

    /** Upper bound of the elapsed time that is taken into account, in nanoseconds: no link needs longer for a quantum. */
    private static final long LONGEST_LOOK_BACK = (long) SECOND;

    private final TimeSource time;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Ticket> queue = new ArrayDeque<>();

    private RateSchedule rates;
    private long start; // of step 0
    private long settled; // credit is counted up to this moment
    private double credit; // bytes
    private double leftover; // credit that the last writer left because it woke late
    private long lastGrant; // when that was
    private long passed; // these three since the last call of use()
    private int writers;
    private boolean waited;

    /**
     * What a link was used for in some time.
     *
     * @param bytes bytes that were granted
     * @param writers most that wanted to send at the same time
     * @param waited whether one of them had to wait
     */
    public record Use(long bytes, int writers, boolean waited) {}

    /** One writer's place in the queue. */
    private static final class Ticket {
        final Thread writer = Thread.currentThread();
        final int atMost;
        int granted;

        Ticket(int atMost) {
            this.atMost = atMost;
        }
    }

    public RateLimiter(TimeSource time, RateSchedule rates) {
        this.time = time;
        this.rates = rates;
        this.start = time.nanoTime();
        this.settled = start;
    }

    /** The present rate in bytes per second. */
    public long rate() {
        lock.lock();
        try {
            return rateAt(time.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** What the link was used for since the call before. */
    public Use use() {
        lock.lock();
        try {
            Use use = new Use(passed, writers, waited);
            passed = 0;
            writers = queue.size();
            waited = !queue.isEmpty();
            return use;
        } finally {
            lock.unlock();
        }
    }

    /** Changes the rate at once, also for waiting threads. */
    public void rates(RateSchedule changed) {
        lock.lock();
        try {
            settle(time.nanoTime());
            rates = changed;
            start = settled;
            wakeHead();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for this writer's turn and for room on the link, and takes up to one quantum of it.
     *
     * @param atMost bytes that the writer has to send, above 0
     * @param waits where to wait, so that the connection can be woken
     * @param wanted whether to wait on; asked at each wake-up
     * @return how many bytes may be sent now; 0 if the room is no longer wanted, and then nothing was taken
     */
    public int take(int atMost, Waits waits, BooleanSupplier wanted) {
        Ticket ticket = new Ticket(atMost);
        lock.lock();
        try {
            if (queue.isEmpty() && grantsAtOnce(ticket)) {
                return ticket.granted;
            }
            queue.add(ticket);
            waited = true;
            writers = Math.max(writers, queue.size());
        } finally {
            lock.unlock();
        }
        if (waits.awaitUntil(() -> claim(ticket), wanted)) {
            return ticket.granted;
        }
        leave(ticket);
        return 0;
    }

    /** Takes up to one quantum if there is room for it now and no other writer waits; 0 if not. */
    public int takeNow(int atMost) {
        Ticket ticket = new Ticket(atMost);
        lock.lock();
        try {
            return queue.isEmpty() && grantsAtOnce(ticket) ? ticket.granted : 0;
        } finally {
            lock.unlock();
        }
    }

    private boolean grantsAtOnce(Ticket ticket) {
        settle(time.nanoTime());
        credit = Math.min(credit, Math.max(quantum(rateAt(settled)), leftover())); // the link stood idle
        return grant(ticket);
    }

    /** Gives the ticket its bytes if it is its turn and they have been released; else the nanoseconds until then. */
    private long claim(Ticket ticket) {
        lock.lock();
        try {
            if (queue.peek() != ticket) {
                return Waits.FOREVER;
            }
            settle(time.nanoTime());
            if (!grant(ticket)) {
                return untilReleased(share(ticket) - credit);
            }
            queue.poll();
            wakeHead();
            return 0;
        } finally {
            lock.unlock();
        }
    }

    /** Credit that a late wake-up has left; it is used soon or not at all. */
    private double leftover() {
        return settled - lastGrant <= CATCH_UP_SECONDS * SECOND ? leftover : 0;
    }

    private boolean grant(Ticket ticket) {
        int share = share(ticket);
        if (rateAt(settled) <= 0 || credit < share) {
            return false;
        }
        credit -= share;
        leftover = credit;
        lastGrant = settled;
        ticket.granted = share;
        passed += share;
        writers = Math.max(writers, 1);
        return true;
    }

    private int share(Ticket ticket) {
        long rate = rateAt(settled);
        int share = Math.min(ticket.atMost, quantum(rate));
        int writers = queue.size();
        return writers > 1 ? Math.min(share, bytes(rate * ROUND_SECONDS / writers)) : share;
    }

    private void leave(Ticket ticket) {
        lock.lock();
        try {
            queue.remove(ticket);
            wakeHead();
        } finally {
            lock.unlock();
        }
    }

    private void wakeHead() {
        Ticket head = queue.peek();
        if (head != null) {
            time.unpark(head.writer);
        }
    }

    /** Counts what the link has released up to now, step by step, because each step may have another rate. */
    private void settle(long now) {
        long rate = rateAt(now);
        settled = Math.max(settled, now - LONGEST_LOOK_BACK);
        while (settled < now) {
            long until = Math.min(now, endOfStep(settled));
            credit += rateAt(settled) * ((until - settled) / SECOND);
            settled = until;
        }
        credit = Math.min(credit, Math.max(CATCH_UP_SECONDS * rate, quantum(rate)));
    }

    private long untilReleased(double missing) {
        long rate = rateAt(settled);
        long sameRate = rates.step() == Waits.FOREVER ? Waits.FOREVER : endOfStep(settled) - settled;
        return rate <= 0 ? sameRate : Math.min(sameRate, (long) Math.ceil(missing / rate * SECOND));
    }

    private long rateAt(long moment) {
        return rates.ofStep().applyAsLong((moment - start) / rates.step());
    }

    private long endOfStep(long moment) {
        long step = rates.step();
        return step == Waits.FOREVER ? Long.MAX_VALUE : start + ((moment - start) / step + 1) * step;
    }

    private static int quantum(long rate) {
        double segment = Math.min(SEGMENT, rate * LONGEST_GAP_SECONDS);
        return bytes(Math.max(rate * QUANTUM_SECONDS, segment));
    }

    /** Nothing smaller than a byte can be granted. */
    private static int bytes(double amount) {
        return (int) Math.clamp(amount, 1, Integer.MAX_VALUE);
    }
}
