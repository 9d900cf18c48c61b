package io.chaosproxy.control;

import io.chaosproxy.flow.OutOfMemory;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.net.FdReserve;
import io.chaosproxy.net.OwnListeners;
import io.chaosproxy.net.Sockets;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;

/**
 * Listening socket of the control plane, its accept loop, and the connections that are open.
 *
 * <p>Helidon's own listener ends for good when an accept fails, such as for want of descriptors; this one tries again. The
 * number of connections is bounded: when it is reached, the one that has been idle longest is closed for a new one, and if
 * all are busy the new one waits. Each wait of a connection has a time limit, see {@link ControlConnection}.
 *
 * <p>The accept loop, the watch over time limits and the connections are platform threads, so that they depend on nothing but their
 * sockets. Any thread may close it.
 */
final class ControlListener implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.control");

    /** Upper bound for open connections. */
    static final int MAX_CONNECTIONS = 256;

    private static final int BACKLOG = 1024;
    private static final long RETRY = Duration.ofMillis(50).toNanos();
    private static final long ONE_SECOND = Duration.ofSeconds(1).toNanos();

    /** Source of the file descriptor of a connection. */
    private enum Permit {
        /** The part of the reserve that is for control connections. */
        RESERVED,
        /** Free descriptors beyond the reserve. */
        SPARE,
        NONE
    }

    /** How long answers under way may take when the listener closes. */
    private static final Duration LAST_ANSWERS = Duration.ofMillis(100);

    private final ServerSocketChannel server;
    private final InetSocketAddress address;
    private final BiFunction<SocketChannel, String, ControlConnection> connect;
    private final Set<ControlConnection> connections = ConcurrentHashMap.newKeySet();
    private final Waits waits = new Waits(TimeSource.SYSTEM);
    private final Thread loop = Thread.ofPlatform().name("control accept").unstarted(this::accept);
    private final Thread watch =
            Thread.ofPlatform().daemon().name("control timeouts").unstarted(this::closeOverdue);
    private final AtomicInteger reserved = new AtomicInteger();
    private volatile boolean open = true;

    // these belong to the accept loop
    private long accepted;
    private long lastTrouble;

    private ControlListener(ServerSocketChannel server, BiFunction<SocketChannel, String, ControlConnection> connect) {
        this.server = server;
        this.address = (InetSocketAddress) server.socket().getLocalSocketAddress();
        this.connect = connect;
    }

    /**
     * Listens; connections are accepted when this returns.
     *
     * @param host as it was written; empty for all interfaces
     * @param address that the host has
     * @param connect makes the connection of a socket and an identifier
     */
    static ControlListener open(
            String host, InetSocketAddress address, BiFunction<SocketChannel, String, ControlConnection> connect)
            throws IOException {
        FdReserve.prepareWaiting();
        ServerSocketChannel server = Sockets.openServer(host, address);
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            server.bind(address, BACKLOG);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        ControlListener listener = new ControlListener(server, connect);
        OwnListeners.add(listener.address);
        listener.loop.start();
        listener.watch.start();
        return listener;
    }

    int port() {
        return address.getPort();
    }

    private void accept() {
        while (open) {
            try {
                admit(server.accept());
            } catch (IOException | RuntimeException | Error e) {
                OutOfMemory.passOn(e);
                if (open) {
                    trouble(String.valueOf(e.getMessage()));
                    longestIdle().ifPresent(ControlConnection::close);
                    pause();
                }
            }
        }
    }

    private void admit(SocketChannel client) throws IOException {
        try {
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            serve(client, awaitPermit());
        } catch (IOException | RuntimeException | Error e) {
            client.close();
            throw e;
        }
        if (!open) {
            client.close();
        }
    }

    private void serve(SocketChannel client, Permit permit) {
        accepted++;
        try {
            ControlConnection connection = connect.apply(client, Long.toString(accepted));
            connection.onEnd(() -> ended(connection, permit));
            connections.add(connection);
            try {
                connection.start();
            } catch (RuntimeException | Error e) { // no memory for a thread
                connections.remove(connection);
                throw e;
            }
        } catch (RuntimeException | Error e) {
            release(permit);
            throw e;
        }
    }

    private void ended(ControlConnection connection, Permit permit) {
        connections.remove(connection);
        release(permit);
        waits.wake();
    }

    private void release(Permit permit) {
        switch (permit) {
            case RESERVED -> reserved.decrementAndGet();
            case SPARE -> FdReserve.free();
            case NONE -> {}
        }
    }

    /** Waits for a free descriptor; new connections queue in the backlog meanwhile. */
    private Permit awaitPermit() {
        Permit permit = takePermit();
        while (open && permit == Permit.NONE) {
            Optional<ControlConnection> idle = longestIdle();
            idle.ifPresent(ControlConnection::close);
            if (idle.isEmpty()) {
                trouble("all " + connections.size() + " connections are busy");
            }
            waits.pause(RETRY, () -> open && idle.map(connections::contains).orElse(true));
            permit = takePermit();
        }
        return permit;
    }

    private Permit takePermit() {
        if (reserved.get() < FdReserve.reserve() / 2) {
            reserved.incrementAndGet();
            return Permit.RESERVED;
        }
        return connections.size() < MAX_CONNECTIONS && FdReserve.take() ? Permit.SPARE : Permit.NONE;
    }

    private Optional<ControlConnection> longestIdle() {
        long now = System.nanoTime();
        return connections.stream()
                .filter(ControlConnection::isIdle)
                .max(Comparator.comparingLong(connection -> connection.idleFor(now)));
    }

    /** Logs at most one line in a second. */
    private void trouble(String why) {
        long now = System.nanoTime();
        if (lastTrouble == 0 || now - lastTrouble > ONE_SECOND) {
            lastTrouble = now;
            log("the control plane can't accept connections and tries again: " + why);
        }
    }

    private static void log(String line) {
        try {
            LOG.log(Level.WARNING, line);
        } catch (RuntimeException | Error e) {
            // a logger that finds no descriptor or memory itself must not end what it was to report on
        }
    }

    private void pause() {
        waits.pause(RETRY, () -> open);
    }

    private void closeOverdue() {
        while (open) {
            try {
                waits.pause(ONE_SECOND, () -> open);
                long now = System.nanoTime();
                for (ControlConnection connection : connections) {
                    if (connection.isOverdue(now)) {
                        connection.close();
                    }
                }
            } catch (RuntimeException | Error e) {
                OutOfMemory.passOn(e);
                log("looking for control connections that are overdue failed, goes on: " + e);
            }
        }
    }

    /** Stops listening, lets answers under way end for a moment, then closes all connections. */
    @Override
    public void close() {
        open = false;
        OwnListeners.remove(address);
        closeQuietly(server);
        waits.wake();
        connections.stream().filter(ControlConnection::isIdle).forEach(ControlConnection::close);
        waits.pause(LAST_ANSWERS.toNanos(), () -> !connections.isEmpty());
        try {
            loop.join();
            watch.join();
            for (ControlConnection connection : connections) {
                connection.close();
                connection.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(ServerSocketChannel server) {
        try {
            server.close();
        } catch (IOException e) {
            // it accepts nothing any more, closed or not
        }
    }
}
