package io.chaosproxy.net;

import io.chaosproxy.flow.MemoryBudget;
import io.chaosproxy.flow.OutOfMemory;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.TimeZone;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A listening socket and its accept loop, which runs on a virtual thread and outlives every failure. Thread-safe. */
public final class Listener implements AutoCloseable {
    /** How soon the loop tries again when it can't accept, mostly for want of descriptors. */
    private static final long RETRY = Duration.ofMillis(50).toNanos();

    /** Bound for the look-up of the name to listen on. */
    private static final Duration LOOK_UP = Duration.ofSeconds(10);

    /** Heap of a connection with two threads and two small buffers, measured by {@code IdleConnectionsTest}: 12.4 KiB. */
    private static final long MEMORY_EACH = 12 * 1024;

    private static final long ONE_SECOND = Duration.ofSeconds(1).toNanos();

    /** Owner of the listener. */
    public interface Owner {
        /** Name for messages and threads. */
        String name();

        TimeSource time();

        /**
         * Takes over an accepted client; {@link #freed} is to be called when it has ended. Runs on the accept loop, so it must
         * not block.
         *
         * @throws IOException if the client was closed instead
         */
        void accepted(SocketChannel client, Listener from) throws IOException;

        /** Logs a warning; must not block. */
        void warn(String line);
    }

    private final Owner owner;
    private final ServerSocketChannel server;
    private final Waits waits;
    private final Slots slots;
    private final Thread loop;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private volatile @Nullable InetSocketAddress
            marker; // client address of the connection that marks the end of the queue
    private volatile boolean queueOver;

    /** Whether the last client had to wait or was lost; known to the loop alone. */
    private boolean troubled;

    /** {@code nanoTime} of the last warning, 0 before the first; known to the loop alone. */
    private long lastTrouble;

    private Listener(Owner owner, ServerSocketChannel server, int maxConnections) {
        this.owner = owner;
        this.server = server;
        this.slots = new Slots(maxConnections);
        this.waits = new Waits(owner.time());
        this.loop = Thread.ofVirtual().name(owner.name() + " accept").unstarted(this::accept);
    }

    /** The connections that may be open at once, and how many of them aren't. */
    private static final class Slots extends Semaphore {
        private static final long serialVersionUID = 1L;

        private int limit;

        Slots(int limit) {
            super(limit);
            this.limit = limit;
        }

        /** Run by one thread at a time. */
        void limit(int other) {
            if (other > limit) {
                release(other - limit);
            } else {
                reducePermits(limit - other);
            }
            limit = other;
        }
    }

    /**
     * Takes the address; clients can connect when this returns and wait in the backlog until {@link #start}.
     *
     * @param listen unresolved: its host is looked up within ten seconds; an empty one stands for all interfaces
     * @param maxConnections clients that may be accepted and not yet {@link #freed}; more wait in the backlog
     * @throws ListenException naming owner and address if that can't be had
     */
    public static Listener bind(Owner owner, InetSocketAddress listen, int backlog, int maxConnections)
            throws ListenException {
        if (!FdBudget.OF_PROCESS.take(1)) {
            throw ListenException.exhausted(owner.name(), listen);
        }
        return bindWithDescriptor(owner, listen, backlog, maxConnections);
    }

    /**
     * Takes an address that the owner gave up a moment ago for a change that then failed: with a descriptor of the reserve if
     * there is no other.
     *
     * @throws ListenException as {@link #bind}
     */
    public static Listener bindAgain(Owner owner, InetSocketAddress listen, int backlog, int maxConnections)
            throws ListenException {
        FdBudget.OF_PROCESS.takeAnyway(1);
        return bindWithDescriptor(owner, listen, backlog, maxConnections);
    }

    private static Listener bindWithDescriptor(Owner owner, InetSocketAddress listen, int backlog, int maxConnections)
            throws ListenException {
        boolean bound = false;
        try {
            Listener listener = bindCounted(owner, listen, backlog, maxConnections);
            FdBudget.OF_PROCESS.opened();
            bound = true;
            return listener;
        } finally {
            if (!bound) {
                FdBudget.OF_PROCESS.free(1);
            }
        }
    }

    private static Listener bindCounted(Owner owner, InetSocketAddress listen, int backlog, int maxConnections)
            throws ListenException {
        // Log lines carry the time of day, and a JDK that can't open its time zones once never tries again.
        TimeZone.getDefault().toZoneId();
        acquirePollers(owner, listen);
        ServerSocketChannel server = null;
        try {
            InetSocketAddress local = local(listen);
            server = Sockets.openServer(listen.getHostString(), local);
            server.bind(local, backlog);
        } catch (IOException | RuntimeException e) { // a host name without an address is a RuntimeException
            Sockets.closeQuietly(server);
            Poller.release();
            throw new ListenException(owner.name(), listen, e);
        }
        return new Listener(owner, server, maxConnections);
    }

    private static void acquirePollers(Owner owner, InetSocketAddress listen) throws ListenException {
        try {
            Poller.acquire();
        } catch (IOException e) {
            throw new ListenException(owner.name(), listen, e);
        }
    }

    /** Accepts clients from now on, those included that have connected already. */
    public void start() {
        loop.start();
    }

    /** Changes how many connections may be open at once; those that are open stay. */
    public void limit(int maxConnections) {
        slots.limit(maxConnections);
    }

    /** The socket address to listen on, its host resolved if it has an address. */
    public static InetSocketAddress local(InetSocketAddress listen) {
        try {
            return NameResolver.OF_PROCESS.resolve(listen, LOOK_UP).getFirst();
        } catch (UnknownHostException e) {
            return listen;
        }
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) server.socket().getLocalSocketAddress();
    }

    /** Lets time pass; false if this was closed meanwhile. */
    public boolean pause(long nanos) {
        return waits.pause(nanos, open::get);
    }

    /** A connection that was accepted here has ended. */
    public void freed() {
        freeMemory();
        FdBudget.OF_PROCESS.free(FdBudget.EACH);
        slots.release();
    }

    public boolean isOpen() {
        return open.get();
    }

    /**
     * Accepts the clients that have connected by now, then {@link #close closes}: closing resets those that are still in the
     * kernel's queue. A connection of our own marks the end of the queue. A client that connects between its acceptance and
     * the close is reset all the same, and so are clients beyond the bound.
     *
     * @param atMost upper bound for the wait, for a queue from which no client can be accepted
     */
    public void closeBehindQueue(Duration atMost) {
        if (open.get() && atMost.toMillis() > 0) {
            try (Socket last = new Socket()) {
                InetAddress reachable = reachable(address().getAddress());
                last.bind(new InetSocketAddress(reachable, 0));
                marker = (InetSocketAddress) last.getLocalSocketAddress();
                last.connect(new InetSocketAddress(reachable, address().getPort()), Math.toIntExact(atMost.toMillis()));
                loop.join(atMost);
            } catch (IOException e) {
                // the queue is full, or no descriptor is left
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        close();
    }

    private static InetAddress reachable(InetAddress local) throws IOException {
        if (!local.isAnyLocalAddress()) {
            return local;
        }
        return local instanceof Inet4Address
                ? InetAddress.getByAddress(new byte[] {127, 0, 0, 1})
                : InetAddress.getLoopbackAddress();
    }

    private boolean isMarker(SocketChannel client) throws IOException {
        return marker != null && client.getRemoteAddress().equals(marker);
    }

    /** Stops listening, and the port is free when this returns; accepted connections live on. */
    @Override
    public void close() {
        boolean isFirst = open.compareAndSet(true, false);
        Sockets.closeQuietly(server);
        slots.release(); // the loop may wait for a free one
        waits.wake();
        try {
            loop.join(); // a channel on which a virtual thread waits is closed by that thread, when it wakes
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (isFirst) {
            FdBudget.OF_PROCESS.closed();
            FdBudget.OF_PROCESS.free(1);
            Poller.release();
        }
    }

    private void accept() {
        while (open.get() && !queueOver) {
            try {
                acceptNext();
            } catch (IOException | InterruptedException | RuntimeException | Error e) {
                failed(e);
            }
        }
    }

    private void failed(Throwable failure) {
        try {
            OutOfMemory.passOn(failure);
            trouble(String.valueOf(failure.getMessage()));
            pause(RETRY);
        } catch (RuntimeException | Error e) {
            // what failed for want of memory or descriptors may well find none to say so
        }
    }

    private void acceptNext() throws IOException, InterruptedException {
        slots.acquire(); // more connections than allowed wait in the backlog of the kernel
        boolean taken = false;
        try {
            takeMemory();
            try {
                taken = acceptWithMemory();
            } finally {
                if (!taken) {
                    freeMemory();
                }
            }
        } finally {
            if (!taken) {
                slots.release();
            }
        }
    }

    /** Whether it was a client. */
    private boolean acceptWithMemory() throws IOException {
        awaitRoom();
        SocketChannel client = server.accept();
        if (isMarker(client)) {
            queueOver = true;
            Sockets.closeQuietly(client);
            return false;
        }
        takeDescriptors(client);
        boolean taken = false;
        try {
            owner.accepted(client, this);
            taken = true;
        } finally {
            if (!taken) {
                FdBudget.OF_PROCESS.free(FdBudget.EACH);
            }
        }
        return true;
    }

    /** Clients that there is no memory for wait in the backlog. */
    private void takeMemory() throws IOException {
        if (!hasTakenMemory()) {
            trouble("the heap for connections is in use (-Xmx)");
            while (!hasTakenMemory()) {
                if (!pause(RETRY)) {
                    throw new ClosedChannelException();
                }
            }
        }
    }

    private static boolean hasTakenMemory() {
        return MemoryBudget.PROCESS.tryTake(MemoryBudget.Use.CONNECTIONS, MEMORY_EACH);
    }

    private static void freeMemory() {
        MemoryBudget.PROCESS.giveBack(MemoryBudget.Use.CONNECTIONS, MEMORY_EACH);
    }

    /** Waits until a client can be admitted, as far as that is known before it is accepted. */
    private void awaitRoom() throws IOException {
        if (!FdBudget.OF_PROCESS.hasRoom(FdBudget.EACH)) {
            trouble(FdBudget.exhausted());
            while (!FdBudget.OF_PROCESS.hasRoom(FdBudget.EACH)) {
                if (!pause(RETRY)) {
                    throw new ClosedChannelException();
                }
            }
        }
    }

    /**
     * Takes the descriptors of a client that has been accepted. If there are none left, the client waits, and all after it
     * wait in the backlog; if too many listeners hold such a client already, it is reset.
     */
    private void takeDescriptors(SocketChannel client) throws IOException {
        if (FdBudget.OF_PROCESS.take(FdBudget.EACH)) {
            troubled = false;
            return;
        }
        trouble(FdBudget.exhausted());
        try {
            if (!awaitDescriptors()) {
                client.setOption(StandardSocketOptions.SO_LINGER, 0);
                throw new IOException(FdBudget.exhausted());
            }
        } catch (IOException e) {
            Sockets.closeQuietly(client);
            throw e;
        }
    }

    /** False if the client may not even wait. */
    private boolean awaitDescriptors() throws IOException {
        if (!FdBudget.OF_PROCESS.takeWaitingPlace()) {
            return false;
        }
        try {
            while (!FdBudget.OF_PROCESS.take(FdBudget.EACH)) {
                if (!pause(RETRY)) {
                    throw new ClosedChannelException();
                }
            }
            return true;
        } finally {
            FdBudget.OF_PROCESS.freeWaitingPlace();
        }
    }

    /** Logs the first of a row of failures, and at most one in a second. */
    private void trouble(String why) {
        long now = System.nanoTime();
        if (open.get() && !troubled && (lastTrouble == 0 || now - lastTrouble > ONE_SECOND)) {
            troubled = true;
            lastTrouble = now;
            String line = "proxy " + owner.name() + " can't accept connections and tries again: " + why;
            owner.warn(line);
        }
    }
}
