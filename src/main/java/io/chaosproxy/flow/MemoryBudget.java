package io.chaosproxy.flow;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Upper bound for the heap that is held for clients: connections, heads of messages, the bytes in delay lines, rules,
 * and the requests of the control plane.
 *
 * <p>Each {@link Use} has a part of its own, and the rest goes to the first that asks. The parts of their own prevent a
 * deadlock: an exchange keeps memory for its request until its response is complete, and the response never waits for
 * memory that requests hold. Claims for one use are granted in the order of arrival, so a large one is not starved by
 * small ones.
 *
 * <p>Thread-safe. The lock is held for arithmetic only; a thread waits in the {@link Waits} of its own connection, asks its
 * {@link Claim} there at each wake-up, and is unparked when memory is given back.
 */
public final class MemoryBudget {
    /** Heap that the program itself occupies with its control plane: classes' data, configuration, journal, metrics. */
    private static final long PROGRAM = 12 << 20;

    private static final int PARTS = 16;

    /**
     * The budget of this process: three quarters of the maximum heap, less what the program itself needs. The last quarter
     * is for garbage between two collections and for what is counted as an estimate. Direct buffers are not on the heap;
     * {@link Buffers} has its own bound.
     */
    public static final MemoryBudget PROCESS =
            new MemoryBudget(shareOf(Runtime.getRuntime().maxMemory()));

    private final long bytes;
    private final long common; // what is in no part
    private final TimeSource time;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Use, Account> accounts = new EnumMap<>(Use.class);

    /** Uses of memory, with the sixteenths of the budget that no other use can take. */
    public enum Use {
        /** The threads and objects of a connection. */
        CONNECTIONS(8),
        /** Request heads, until the exchange is over. */
        REQUESTS(1),
        /** Response heads, until they have been handed on. */
        RESPONSES(1),
        /** Bytes in delay lines. */
        DELAYED(1),
        /** Rules of the plans in force. */
        RULES(1),
        /** Bodies of requests to the control plane that are being read. */
        CONTROL_BODIES(0),
        /** Results of parsing such bodies, and responses of the control plane that clients read slowly. */
        CONTROL(0);

        private final int parts;

        Use(int parts) {
            this.parts = parts;
        }
    }

    private static final class Account {
        final long own;
        final ArrayDeque<Claim> queue = new ArrayDeque<>();
        long used;

        Account(long own) {
            this.own = own;
        }

        long inCommon() {
            return Math.max(0, used - own);
        }
    }

    /** A wait for memory; true once it has been granted. */
    public final class Claim implements BooleanSupplier, AutoCloseable {
        private final Thread thread = Thread.currentThread();
        private final Use use;
        private final long wanted;
        private boolean granted;
        private boolean kept;

        private Claim(Use use, long wanted) {
            this.use = use;
            this.wanted = wanted;
        }

        @Override
        public boolean getAsBoolean() {
            lock.lock();
            try {
                Account account = account(use);
                if (!granted && account.queue.peek() == this && fits(account, wanted)) {
                    account.queue.poll();
                    account.used += wanted;
                    granted = true;
                    wakeHead(account);
                }
                return granted;
            } finally {
                lock.unlock();
            }
        }

        /** Makes granted memory the caller's, to be given back by it; false if none has been granted. */
        public boolean keep() {
            kept = getAsBoolean();
            return kept;
        }

        /** Ends the wait; what was granted and not kept is given back. */
        @Override
        public void close() {
            if (kept) {
                return;
            }
            lock.lock();
            try {
                Account account = account(use);
                if (granted) {
                    account.used -= wanted;
                } else {
                    account.queue.remove(this);
                }
                wakeHeads();
            } finally {
                lock.unlock();
            }
        }
    }

    /** A budget of this many bytes. */
    public MemoryBudget(long bytes) {
        this(bytes, TimeSource.SYSTEM);
    }

    /**
     * A budget of this many bytes.
     *
     * @param time wakes the threads whose claims have been granted
     */
    public MemoryBudget(long bytes, TimeSource time) {
        this.bytes = bytes;
        this.time = time;
        long owned = 0;
        for (Use use : Use.values()) {
            Account account = new Account(bytes / PARTS * use.parts);
            accounts.put(use, account);
            owned += account.own;
        }
        this.common = bytes - owned;
    }

    /** The budget for a heap of at most this many bytes. */
    static long shareOf(long heap) {
        return Math.max(heap / 4, heap - PROGRAM) / 4 * 3;
    }

    /** Upper bound for all uses together. */
    public long bytes() {
        return bytes;
    }

    /** Bytes held for this use at this moment. */
    public long used(Use use) {
        lock.lock();
        try {
            return account(use).used;
        } finally {
            lock.unlock();
        }
    }

    /** Takes memory if there is enough and no other thread waits for it; false if not, and then nothing was taken. */
    public boolean tryTake(Use use, long wanted) {
        lock.lock();
        try {
            Account account = account(use);
            boolean enough = account.queue.isEmpty() && fits(account, wanted);
            if (enough) {
                account.used += wanted;
            }
            return enough;
        } finally {
            lock.unlock();
        }
    }

    /** Takes memory without which its holder could not go on at all, even beyond the bound; the caller bounds such use. */
    public void takeAnyway(Use use, long wanted) {
        lock.lock();
        try {
            account(use).used += wanted;
        } finally {
            lock.unlock();
        }
    }

    /** Enters the queue for memory; the calling thread then waits until the claim is true, keeps it, and closes it. */
    public Claim claim(Use use, long wanted) {
        Claim claim = new Claim(use, wanted);
        lock.lock();
        try {
            account(use).queue.add(claim);
        } finally {
            lock.unlock();
        }
        return claim;
    }

    /** Gives back what was taken or granted. */
    public void giveBack(Use use, long taken) {
        if (taken == 0) {
            return;
        }
        lock.lock();
        try {
            account(use).used -= taken;
            wakeHeads();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether there is room for more. A use that holds nothing gets what it asks for, or it could wait forever; and what is
     * held beyond the bound takes nothing from the parts of others.
     */
    private boolean fits(Account account, long more) {
        long after = account.used + more;
        if (account.used == 0 || after <= account.own) {
            return true;
        }
        long inCommon = after - account.own - account.inCommon();
        for (Account each : accounts.values()) {
            inCommon += each.inCommon();
        }
        return inCommon <= common;
    }

    private Account account(Use use) {
        Account account = accounts.get(use);
        if (account == null) {
            throw new IllegalStateException("no account for " + use);
        }
        return account;
    }

    /** Returned memory may be common to all uses. */
    private void wakeHeads() {
        for (Account account : accounts.values()) {
            wakeHead(account);
        }
    }

    private void wakeHead(Account account) {
        Claim head = account.queue.peek();
        if (head != null) {
            time.unpark(head.thread);
        }
    }
}
