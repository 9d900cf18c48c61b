package io.chaosproxy.relay;

import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.OutOfMemory;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.inject.Trace;
import io.chaosproxy.net.Listener;
import io.chaosproxy.net.Sockets;
import io.chaosproxy.observe.ConnectionInfo;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.observe.Event;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Takes in the clients that a proxy's listener accepts, and serves each on a thread of its own until its connection has closed.
 * Thread-safe.
 */
final class ConnectionIntake implements Listener.Owner {
    private final ProxyState proxy;
    private final OpenConnections connections;
    private final ProtocolHandler handler;

    ConnectionIntake(ProxyState proxy, OpenConnections connections, ProtocolHandler handler) {
        this.proxy = proxy;
        this.connections = connections;
        this.handler = handler;
    }

    @Override
    public String name() {
        return proxy.name();
    }

    @Override
    public TimeSource time() {
        return proxy.common().time();
    }

    /** A logger may block, which the accept loop must not. */
    @Override
    public void warn(String line) {
        try {
            proxy.threads()
                    .start(
                            Thread.ofVirtual().name(name() + " log"),
                            () -> proxy.log(Options.Log.WARNINGS, Level.WARNING, line));
        } catch (RuntimeException | Error e) {
            // without memory for a thread there is no line, but the loop goes on
        }
    }

    /** Runs on the accept loop, so it never waits. */
    @Override
    public void accepted(SocketChannel client, Listener from) throws IOException {
        Connection connection;
        try {
            connection =
                    new Connection(proxy, new Accepted(from), proxy.traffic().acceptedNow(), client);
        } catch (IOException | RuntimeException | Error e) {
            Sockets.closeQuietly(client);
            throw e;
        }
        connections.add(connection);
        if (proxy.common().events().wantsConnections()) {
            proxy.common().events().publish(new Event.Opened(connection.info()));
        }
        if (proxy.active() != connection.target().plan()) {
            connection.planChanged(proxy.active()); // it was not registered when the plan changed
        }
        if (!from.isOpen()) { // switched off while it was accepted; from here on it is among those that a drain sees
            connection.teardown().close(EndCause.PROXY_STOPPED);
            return;
        }
        try {
            connection.spawn("up", () -> serve(connection));
        } catch (RuntimeException | Error e) {
            failed(connection, e);
        }
    }

    /** Services that a connection needs of the proxy and of the listener that accepted it. */
    private final class Accepted implements ConnectionOwner<Connection> {
        private final Listener from;

        Accepted(Listener from) {
            this.from = from;
        }

        @Override
        public Thread start(Thread.Builder builder, Runnable task) {
            return proxy.threads().start(builder, task);
        }

        @Override
        public void dialled(Connection connection, SocketPair upstream) {
            ProxyChains.PROCESS.dialled(connection, upstream);
        }

        @Override
        public void left(Connection connection, SocketPair upstream) {
            ProxyChains.PROCESS.left(connection, upstream);
        }

        @Override
        public void failed(Connection connection, Throwable defect) {
            ConnectionIntake.this.failed(connection, defect);
        }

        @Override
        public void closed(Connection connection) {
            ProxyChains.PROCESS.leave(connection);
            if (connections.remove(connection)) {
                proxy.settled();
                from.freed();
                EndCause cause = connection.teardown().cause();
                proxy.traffic().endedFor(cause);
                Trace record = connection.target().trace();
                if (record != null) {
                    record.over(0, cause.toString());
                }
                if (proxy.common().events().wantsConnections()) {
                    proxy.common().events().publish(new Event.Closed(connection.info(), cause));
                }
            }
        }
    }

    /** A defect of this program: it ends one connection and no other. */
    private void failed(Connection connection, Throwable defect) {
        try {
            OutOfMemory.passOn(defect);
            proxy.log(Level.ERROR, connection.logName() + " failed", defect);
        } finally {
            connection.teardown().close(EndCause.DEFECT);
        }
    }

    /** The life of one connection, on its own thread, which is the one that a logger may hold up. */
    private void serve(Connection connection) {
        log(connection, () -> "accepted");
        try {
            relay(connection);
        } catch (RuntimeException | Error defect) {
            connection.teardown().close(EndCause.DEFECT); // before the end below, since the first cause counts
            throw defect;
        } finally {
            connection.teardown().close(EndCause.COMPLETED);
            log(connection, () -> "closed: " + connection.teardown().cause() + facts(connection.info()));
        }
    }

    /** Facts about the connection for the log. */
    private static String facts(ConnectionInfo info) {
        List<String> facts = new ArrayList<>();
        facts.add(info.protocol());
        info.tls().ifPresent(tls -> facts.add(tls.version() + " " + tls.cipher()));
        facts.add(info.serverName());
        facts.removeIf(String::isEmpty);
        return facts.isEmpty() ? "" : " (" + String.join(", ", facts) + ")";
    }

    private void log(Connection connection, Supplier<String> what) {
        if (proxy.options().log().compareTo(Options.Log.CONNECTIONS) >= 0) { // else the text is made for nothing
            proxy.log(Options.Log.CONNECTIONS, Level.INFO, connection.logName() + " " + what.get());
        }
    }

    private void relay(Connection connection) {
        if (!ProxyChains.PROCESS.accepted(connection)) {
            return;
        }
        try {
            connection.setup().run(connection.target());
            handler.serve(connection);
        } catch (IOException e) {
            try (Chunk chunk = new Chunk()) {
                Pump.end(connection, Direction.UP, chunk, e);
            }
        }
    }
}
