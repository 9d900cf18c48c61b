package io.chaosproxy.net;

import io.chaosproxy.flow.OutOfMemory;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.Channel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Wakes virtual threads when the sockets that they wait for are ready. It is a virtual thread itself where such a thread can wait in
 * {@link Selector#select()} without its carrier, otherwise a platform thread. It lets the threads that it woke run before it asks the
 * kernel again.
 *
 * <p>The JDK does the same for every blocking read of a virtual thread, with a try and a new registration each time
 * ({@code epoll_ctl(2)}, {@code EPOLLONESHOT}); here sockets stay registered. The process has one for each carrier thread,
 * as all proxies share those. They are counted references: each listener and each wire holds one, and with the last of them
 * threads and descriptors go; the next listener opens new ones.
 */
public final class Poller {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.net");

    private static final ReentrantLock STARTING = new ReentrantLock();
    private static final AtomicInteger TURN = new AtomicInteger();
    private static volatile List<Poller> pollers = List.of();
    private static volatile List<Thread> ending = List.of(); // those of pollers that were stopped last
    private static @Nullable IdleBuffers idleBuffers; // guarded by STARTING, as the next two
    private static int users;
    private static boolean jdkStarted;

    /** Interval at which the poller yields its carrier, even under load; see {@link #letOthersRun}. */
    private static final long WITHOUT_REST = Duration.ofMillis(1).toNanos();

    /** A rest takes this part of the time since the last one, so that others find a carrier without work. */
    private static final int REST_PART = 64;

    private static final long LONGEST_REST = Duration.ofMillis(1).toNanos();

    /** Nanoseconds; a yield that takes less has found the carrier's own queue empty, or as good as. */
    private static final long SHORT_YIELD = 100_000;

    /** Upper bound for yields in a row, for a queue that others fill. */
    private static final int YIELDS = 8;

    /**
     * Time for which it polls without sleeping, in nanoseconds: as long as falling asleep and being woken takes, which is at most
     * twice the least possible cost whatever comes (Karlin, Li, Manasse and Owicki, "Empirical studies of competitive
     * spinning for a shared-memory multiprocessor", SOSP 1991). On one processor nothing can come meanwhile.
     */
    private static final long SPIN = Runtime.getRuntime().availableProcessors() > 1 ? 30_000 : 0;

    /**
     * Whether a virtual thread can wait in {@link Selector#select()} without its carrier: on Linux since JDK 25, where this was
     * measured. {@code -Dchaosproxy.poller=platform} has platform threads there, too.
     */
    private static final boolean VIRTUAL = Runtime.version().feature() >= 25
            && System.getProperty("os.name", "").equals("Linux")
            && !"platform".equals(System.getProperty("chaosproxy.poller"));

    private static final int COUNT = Integer.getInteger(
            "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());

    /** A failure that lasts must not take a processor. */
    private static final long AFTER_FAILURE = Duration.ofMillis(1).toNanos();

    private final Selector selector;
    private final Queue<Channel> leaving =
            new ConcurrentLinkedQueue<>(); // cancelled, and to be closed when it is taken out
    private final ReentrantLock registering = new ReentrantLock();
    private final Thread thread = (VIRTUAL
                    ? Thread.ofVirtual()
                    : Thread.ofPlatform().daemon())
            .name("poller")
            .unstarted(this::run);
    private volatile boolean asleep;
    private volatile boolean stopped;
    private long lastRest = System.nanoTime(); // known to its thread alone

    private Poller(Selector selector) {
        this.selector = selector;
    }

    /**
     * Opens everything that waiting for sockets needs, if nothing holds it yet, and holds it until {@link #release}. Meanwhile
     * only sockets need descriptors.
     *
     * @throws IOException when descriptors run out; a later call tries again
     */
    static void acquire() throws IOException {
        STARTING.lock();
        try {
            if (users == 0) {
                if (!jdkStarted) {
                    startThoseOfTheJdk();
                    jdkStarted = true;
                }
                startAll();
            }
            users++;
        } finally {
            STARTING.unlock();
        }
    }

    /** Opens what the JDK needs so that virtual threads can wait for sockets without the help of these. */
    static void prepareJdk() throws IOException {
        STARTING.lock();
        try {
            if (!jdkStarted) {
                startThoseOfTheJdk();
                jdkStarted = true;
            }
        } finally {
            STARTING.unlock();
        }
    }

    /** Ends the use that {@link #acquire} or {@link #next} began; the last one stops the pollers and frees idle buffers. */
    static void release() {
        STARTING.lock();
        try {
            users--;
            if (users == 0) {
                stopAll();
            }
        } finally {
            STARTING.unlock();
        }
    }

    private static void startAll() throws IOException {
        boolean complete = false;
        try {
            pollers = open(Math.max(1, COUNT));
            idleBuffers = IdleBuffers.start();
            complete = true;
        } finally {
            if (!complete) {
                stopAll();
            }
        }
    }

    private static void stopAll() {
        List<Thread> threads = new ArrayList<>();
        for (Poller poller : pollers) {
            poller.stop();
            threads.add(poller.thread);
        }
        pollers = List.of();
        IdleBuffers idle = idleBuffers;
        if (idle != null) {
            threads.add(idle.stop());
            idleBuffers = null;
        }
        ending = List.copyOf(threads);
    }

    /**
     * Waits for those that were stopped last, and so for their descriptors.
     *
     * @throws InterruptedException if the calling thread is interrupted
     */
    public static void awaitEnd(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        for (Thread thread : ending) {
            thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        }
    }

    private static List<Poller> open(int count) throws IOException {
        List<Poller> opened = new ArrayList<>();
        boolean complete = false;
        try {
            while (opened.size() < count) {
                opened.add(new Poller(Selector.open()));
            }
            opened.forEach(poller -> poller.thread.start());
            complete = true;
            return List.copyOf(opened);
        } catch (OutOfMemoryError e) { // "unable to create native thread", if it is a platform thread
            throw new IOException(e.getMessage(), e);
        } finally {
            if (!complete) {
                for (Poller poller : opened) {
                    poller.discard();
                }
            }
        }
    }

    /** Ends one whose thread may not have been started. */
    private void discard() throws IOException {
        if (thread.isAlive()) {
            stop();
        } else {
            selector.close();
        }
    }

    /**
     * The JDK opens its own when a virtual thread waits for a socket for the first time; if that meets the limit on open
     * files, no virtual thread of the process can ever wait for a socket.
     */
    private static void startThoseOfTheJdk() throws IOException {
        @Nullable Throwable[] failure = new Throwable[1];
        try (ServerSocket idle = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            idle.setSoTimeout(1);
            Thread waiting = Thread.ofVirtual().start(() -> {
                try {
                    idle.accept().close();
                } catch (SocketTimeoutException e) {
                    // it has waited
                } catch (IOException | Error e) {
                    failure[0] = e;
                }
            });
            waiting.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (failure[0] != null) {
            throw new IOException("the JDK can't wait for sockets any more: " + failure[0], failure[0]);
        }
    }

    /** Poller for the next connection; the caller holds it until {@link #release}. */
    static Poller next() throws IOException {
        acquire();
        List<Poller> all = pollers;
        return all.size() == 1 ? all.getFirst() : all.get(Math.floorMod(TURN.getAndIncrement(), all.size()));
    }

    /** Takes in a socket, if it hasn't yet, with nothing to report on so far. */
    SelectionKey register(SocketChannel socket, PolledSocket attachment) throws IOException {
        registering.lock();
        try {
            SelectionKey known = socket.keyFor(selector);
            return known != null ? known : socket.register(selector, 0, attachment);
        } finally {
            registering.unlock();
        }
    }

    /** Something has changed that it has to know: what to report on, or a socket that was closed. */
    void wake() {
        if (asleep) { // if not, it sees the change when it asks next
            selector.wakeup();
        }
    }

    /** Takes a socket out and closes it then, on its own thread. */
    void close(SelectionKey registered) {
        registered.cancel();
        leaving.add(registered.channel());
        wake();
    }

    private void closeThoseTakenOut() {
        Channel socket = leaving.poll();
        while (socket != null) {
            Sockets.closeQuietly(socket);
            socket = leaving.poll();
        }
    }

    private void stop() {
        stopped = true;
        selector.wakeup();
    }

    private void run() {
        while (!stopped) {
            try {
                if (!VIRTUAL || !spin()) {
                    sleep();
                }
                closeThoseTakenOut();
                letOthersRun();
                Thread.interrupted(); // a flag that stays set would make each select return at once
            } catch (IOException | RuntimeException | Error e) {
                failed(e);
            }
        }
        try {
            selector.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a selector could not be closed", e);
        }
        closeThoseTakenOut();
    }

    /** It goes on whatever happens, for all its connections would stand still without it. */
    private void failed(Throwable failure) {
        try {
            OutOfMemory.passOn(failure);
            LOG.log(Level.ERROR, "waiting for sockets failed, goes on", failure);
        } catch (RuntimeException | Error e) {
            // what failed for want of memory or descriptors may well find none to say so
        }
        LockSupport.parkNanos(this, AFTER_FAILURE);
    }

    /** Whether something came before the time was over. */
    private boolean spin() throws IOException {
        long end = System.nanoTime() + SPIN;
        do {
            if (selector.selectNow(Poller::report) > 0) {
                return true;
            }
            Thread.onSpinWait();
        } while (System.nanoTime() - end < 0);
        return false;
    }

    /** Until something comes; its carrier does other things meanwhile. */
    private void sleep() throws IOException {
        asleep = true;
        try {
            if (!stopped && leaving.isEmpty()) { // or their wake-ups may have gone to the select before this one
                selector.select(Poller::report);
            }
        } finally {
            asleep = false;
        }
        lastRest = System.nanoTime();
    }

    /**
     * The threads that it woke read first, or the kernel would report the same bytes again. A carrier takes from its own queue as long
     * as something is in there, and from what others submitted only then; so it yields once more, which leaves the queue if
     * it is empty, and now and then it rests, unless it has just slept. A platform thread leaves its processor.
     */
    @SuppressWarnings("ThreadPriorityCheck") // yields save time; nothing relies on them
    private void letOthersRun() {
        Thread.yield();
        if (!VIRTUAL) {
            return;
        }
        long busy = System.nanoTime() - lastRest;
        if (busy > WITHOUT_REST) {
            rest(Math.min(busy / REST_PART, LONGEST_REST));
        } else {
            Thread.yield();
        }
    }

    /**
     * Leaves the carrier to threads that others woke. The rest begins when the carrier's own queue is empty: before, it could be over
     * while the carrier still runs what is in there, and this thread would be the first to go on.
     */
    @SuppressWarnings("ThreadPriorityCheck") // see letOthersRun
    private void rest(long nanos) {
        long before;
        int yields = 0;
        do {
            before = System.nanoTime();
            Thread.yield();
            yields++;
        } while (yields < YIELDS && System.nanoTime() - before > SHORT_YIELD);
        LockSupport.parkNanos(this, nanos);
        lastRest = System.nanoTime();
    }

    private static void report(SelectionKey key) {
        try {
            ((PolledSocket) key.attachment()).ready(key);
        } catch (CancelledKeyException e) {
            // closed a moment ago: the close has woken its waiting threads
        }
    }
}
