package io.chaosproxy.net;

import io.chaosproxy.flow.OutOfMemory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Looks up host names: at most one look-up of a name at a time, shared by all that wait for it, and its result kept for some
 * seconds. Java's own cache ({@code networkaddress.cache.ttl}) comes on top.
 *
 * <p>A look-up may block in native code, so it has a platform thread of its own. Thread-safe; nothing here blocks but {@link
 * #addresses} and {@link #awaitUnused}.
 */
public final class NameResolver {
    /** Resolver of this process, by the system. */
    public static final NameResolver OF_PROCESS = new NameResolver(InetAddress::getAllByName);

    /** How long addresses are kept. */
    static final Duration FOUND = Duration.ofSeconds(5);

    /** How long a failure is kept; a name may appear at any time. */
    static final Duration NOT_FOUND = Duration.ofSeconds(1);

    /** Upper bound for names that are kept; far above the number of upstreams of one process. */
    static final int MAX_LOOK_UPS = 1024;

    /** Descriptors that a resolver may open: its configuration and a socket. */
    private static final int FILES = 2;

    private static final Duration RETRY = Duration.ofMillis(50);

    private final Lookup lookup;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Query> queries = new HashMap<>(); // guarded by the lock

    /** How a name is looked up; may block, and should end when its thread is interrupted. */
    @FunctionalInterface
    interface Lookup {
        InetAddress[] addressesOf(String host) throws UnknownHostException;
    }

    NameResolver(Lookup lookup) {
        this.lookup = lookup;
    }

    /**
     * Outcome of a look-up.
     *
     * @param addresses in the order of the system; empty if there are none
     * @param failure null if there are some
     */
    record Result(List<InetAddress> addresses, @Nullable Throwable failure) {}

    /**
     * Asks for a name: a result that is kept, a look-up that is under way, or a new one.
     *
     * @param changed runs when it is done, on the thread of the look-up; must not block
     */
    Query ask(String host, Runnable changed) {
        lock.lock();
        try {
            Query known = queries.get(host);
            if (known == null || known.isStale(System.nanoTime())) {
                known = start(host);
            }
            if (!known.isDone()) {
                known.waiting.add(changed);
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    private Query start(String host) {
        forgetStale();
        Query query = new Query(host);
        queries.put(host, query);
        query.start();
        return query;
    }

    private void forgetStale() {
        if (queries.size() >= MAX_LOOK_UPS) {
            long now = System.nanoTime();
            queries.values().removeIf(query -> query.isStale(now));
        }
    }

    /** Whether a host is an address, which needs no look-up. */
    public static boolean isLiteral(String host) {
        return isIpv4(host) || host.indexOf(':') >= 0;
    }

    /** Whether it has the form of an IPv4 address. Asked for each connection, of which a regular expression took 2 % of the time. */
    private static boolean isIpv4(String host) {
        int dots = 0;
        int digits = 0;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c >= '0' && c <= '9') {
                digits++;
            } else if (c == '.' && digits > 0) {
                dots++;
                digits = 0;
            } else {
                return false;
            }
        }
        return dots == 3 && digits > 0;
    }

    /**
     * The socket addresses that a host and a port stand for at present; may block, but never the carrier of a virtual thread.
     *
     * @param address unresolved; an empty host stands for all interfaces
     * @throws UnknownHostException if there are none, or none within this time
     */
    public List<InetSocketAddress> resolve(InetSocketAddress address, Duration atMost) throws UnknownHostException {
        String host = address.getHostString();
        return host.isEmpty()
                ? List.of(new InetSocketAddress(address.getPort()))
                : addresses(host, atMost).stream()
                        .map(found -> new InetSocketAddress(found, address.getPort()))
                        .toList();
    }

    /**
     * The addresses of a host: for callers that may block.
     *
     * @throws UnknownHostException if there are none, or none within this time
     */
    List<InetAddress> addresses(String host, Duration atMost) throws UnknownHostException {
        if (isLiteral(host)) {
            return List.of(InetAddress.getByName(host));
        }
        CountDownLatch done = new CountDownLatch(1);
        Runnable changed = done::countDown;
        Query query = ask(host, changed);
        try {
            if (!query.isDone() && !done.await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new UnknownHostException(host + ": the look-up takes too long");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnknownHostException(host + ": interrupted");
        } finally {
            query.leave(changed);
        }
        Result result = query.result();
        if (result == null || result.failure() != null) {
            throw new UnknownHostException(host);
        }
        return result.addresses();
    }

    /**
     * Ends the look-ups for which nothing waits any more, and waits until their threads have gone.
     *
     * @return false if one still lives after this time, in native code that can't be interrupted
     */
    public boolean awaitUnused(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        for (Thread thread : unused()) {
            thread.interrupt();
            if (!thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
                return false;
            }
        }
        return true;
    }

    /** Names that are kept or looked up at present. */
    int size() {
        lock.lock();
        try {
            return queries.size();
        } finally {
            lock.unlock();
        }
    }

    private List<Thread> unused() {
        lock.lock();
        try {
            return queries.values().stream()
                    .filter(query -> query.waiting.isEmpty())
                    .map(query -> query.thread)
                    .filter(Thread::isAlive)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** One look-up and its result. */
    final class Query {
        private final String host;
        private final Thread thread;
        private final Set<Runnable> waiting = new HashSet<>(); // guarded by the lock
        private volatile @Nullable Result result;
        private volatile long until;

        private Query(String host) {
            this.host = host;
            this.thread =
                    Thread.ofPlatform().daemon().name("look-up of " + host).unstarted(() -> finish(look()));
        }

        private void start() {
            try {
                thread.start();
            } catch (RuntimeException | Error e) { // no memory for a thread
                finish(new Result(List.of(), e));
            }
        }

        boolean isDone() {
            return result != null;
        }

        /** Null until it is done. */
        @Nullable
        Result result() {
            return result;
        }

        private boolean isStale(long now) {
            return isDone() && now - until >= 0;
        }

        /** The caller that asked with this action no longer waits. */
        void leave(Runnable changed) {
            lock.lock();
            try {
                waiting.remove(changed);
            } finally {
                lock.unlock();
            }
        }

        private Result look() {
            boolean taken = false;
            try {
                taken = awaitFiles();
                return new Result(List.of(lookup.addressesOf(host)), null);
            } catch (UnknownHostException | InterruptedException | RuntimeException | Error e) {
                OutOfMemory.passOn(e);
                return new Result(List.of(), e);
            } finally {
                if (taken) {
                    FdBudget.OF_PROCESS.free(FILES);
                }
            }
        }

        private void finish(Result outcome) {
            Set<Runnable> told;
            lock.lock();
            try {
                until = System.nanoTime() + (outcome.failure() == null ? FOUND : NOT_FOUND).toNanos();
                result = outcome;
                told = Set.copyOf(waiting);
                waiting.clear();
                if (queries.size() > MAX_LOOK_UPS) {
                    queries.remove(host, this); // not kept
                }
            } finally {
                lock.unlock();
            }
            told.forEach(Runnable::run);
        }
    }

    private static boolean awaitFiles() throws InterruptedException {
        while (!FdBudget.OF_PROCESS.take(FILES)) {
            Thread.sleep(RETRY);
        }
        return true;
    }
}
