package io.chaosproxy.relay;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.Target;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.HitRecorder;
import io.chaosproxy.net.Sockets;
import io.chaosproxy.net.Transport;
import io.chaosproxy.net.TransportSink;
import io.chaosproxy.net.UpstreamUnreachableException;
import io.chaosproxy.observe.ConnectionInfo;
import io.chaosproxy.observe.EndCause;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One accepted client connection and its upstream twin: its identity and its parts, which are the sockets, the pipelines of
 * both directions, the host of its faults, and its teardown.
 *
 * <p>Made by the accept loop, served by a {@link ProtocolHandler} on a thread of its own. Any thread may end it.
 */
public final class Connection {
    private final ProxyContext proxy;
    private final Owner owner;
    private final long number;
    private final InetSocketAddress peer;
    private final Instant since = Instant.now();
    private final Waits waits;
    private final Target subject;
    private final ConnectionSockets sockets;
    private final ConnectionCounters counters;
    private final ConnectionTeardown teardown;
    private final ConnectionHost host;
    private final HeldClient held;
    private final FaultPipeline up;
    private final FaultPipeline down;
    private long seenUp; // the version of the plan, by the thread that reads from the client
    private long seenDown; // by the one that reads from the upstream
    private volatile boolean receiving;
    private volatile boolean answering;

    /** Who accepted it. */
    interface Owner {
        /** Starts a thread that the owner's close awaits. */
        Thread start(Thread.Builder builder, Runnable task);

        /** A thread of the connection failed by a defect. */
        void failed(Connection connection, Throwable defect);

        /** The sockets are closed; may be called more than once. */
        void closed(Connection connection);
    }

    Connection(ProxyContext proxy, Owner owner, long number, SocketChannel client) throws IOException {
        this.proxy = proxy;
        this.owner = owner;
        this.number = number;
        this.peer = (InetSocketAddress) client.getRemoteAddress(); // fails for a client that has gone
        this.waits = new Waits(proxy.common().time());
        this.subject = Target.connection(number, peer.getAddress(), proxy.active());
        this.seenUp = subject.plan().version();
        this.seenDown = seenUp;
        this.counters = new ConnectionCounters(proxy.common().time());
        Transport wire = Transport.over(client);
        this.sockets = new ConnectionSockets(wire, sinkInto(wire, Direction.DOWN));
        this.teardown = new ConnectionTeardown(
                sockets, this::outlet, waits, proxy.common().time(), new Ending());
        this.host = new ConnectionHost(proxy, number, waits, teardown, counters, this::outlet, this::spawn);
        this.held = new HeldClient(wire, teardown, proxy.common().time(), host::hold, this::spawn);
        this.up = new FaultPipeline(host, Direction.UP, subject);
        this.down = new FaultPipeline(host, Direction.DOWN, subject);
        down.lead(sockets.toClient());
    }

    private TransportSink sinkInto(Transport wire, Direction direction) {
        return new TransportSink(wire, () -> outlet(direction).keepsWriting(), bytes -> {
            counters.moved(direction, bytes);
            proxy.traffic().count(direction, bytes);
        });
    }

    private final class Ending implements ConnectionTeardown.Owner {
        @Override
        public void spawn(String role, Runnable task) {
            Connection.this.spawn(role, task);
        }

        @Override
        public void settled() {
            proxy.settled();
        }

        @Override
        public void closed() {
            owner.closed(Connection.this);
        }
    }

    /** The proxy that accepted it. */
    public ProxyContext proxy() {
        return proxy;
    }

    /** Its number on the proxy, counted from 1. */
    public long number() {
        return number;
    }

    /** The client's address. */
    public InetSocketAddress peer() {
        return peer;
    }

    /** The connection as something that rules hit. */
    public Target subject() {
        return subject;
    }

    /** Where the bytes of a direction go, through all faults. */
    public FaultPipeline outlet(Direction direction) {
        return direction == Direction.UP ? up : down;
    }

    /** How it ends. */
    ConnectionTeardown teardown() {
        return teardown;
    }

    /** Its host of faults. */
    ConnectionHost host() {
        return host;
    }

    /** Its counters. */
    ConnectionCounters counters() {
        return counters;
    }

    /** Notices that its client has left while a rule holds it. */
    HeldClient held() {
        return held;
    }

    /**
     * The faults at accept have let it in. Only now is it decided, on a tcp proxy, which rules its bytes meet: a connection
     * that is refused uses up no ordinal and no hit of theirs.
     */
    void admitted() throws IOException {
        host.admitted();
        if (host.carriesBytes()) {
            up.begin(subject);
            down.begin(subject);
        }
    }

    /**
     * Connects to the upstream; from now on the up outlet leads somewhere.
     *
     * @throws UpstreamUnreachableException if it can't be reached
     */
    public void dial() throws IOException {
        try {
            TransportSink sink = sinkInto(proxy.dialer().dial(new Dialling()), Direction.UP);
            sockets.connected(sink);
            up.lead(sink);
        } catch (UpstreamUnreachableException e) {
            if (!isOpen()) {
                throw new IOException("closed while it was dialled", e);
            }
            proxy.traffic().dialFailed();
            proxy.log(Options.Log.WARNINGS, Level.WARNING, e.getMessage() + ", client " + peer);
            throw e;
        }
    }

    /** What the dialer needs of the connection. */
    private final class Dialling implements io.chaosproxy.net.Dialer.Caller {
        /** A closed connection doesn't wait for a socket that is about to connect. */
        @Override
        public void trying(Transport wire) {
            sockets.dialling(wire);
            if (!teardown.isOpen()) {
                Sockets.closeQuietly(wire);
            }
        }

        @Override
        public void await(BooleanSupplier condition, Duration atMost) {
            long begun = System.nanoTime();
            waits.awaitUntil(
                    () -> condition.getAsBoolean() ? 0 : atMost.toNanos() - (System.nanoTime() - begun),
                    teardown::isOpen);
        }

        @Override
        public void changed() {
            waits.wake();
        }

        @Override
        public boolean isOpen() {
            return teardown.isOpen();
        }

        @Override
        public void spawn(String role, Runnable task) {
            Connection.this.spawn(role, task);
        }
    }

    /**
     * Reads from the end that this direction comes from.
     *
     * @return how many bytes came, -1 at the end of the stream
     */
    public int read(Direction direction, Chunk chunk) throws IOException {
        letOthersGoFirst(direction);
        int count = sockets.read(direction, chunk, waits, teardown::isOpen);
        if (count > 0) {
            proxy.traffic().countReceived(direction, count);
        }
        return count;
    }

    /**
     * A change of the plan may release many at once. Each hands on what it held, and lets the others do so before it reads:
     * a virtual thread that never has to wait gives way to nobody by itself.
     */
    @SuppressWarnings("ThreadPriorityCheck") // the yield shortens the wait of others; nothing relies on it
    private void letOthersGoFirst(Direction direction) {
        long current = proxy.active().version();
        if (direction == Direction.UP ? current != seenUp : current != seenDown) {
            if (direction == Direction.UP) {
                seenUp = current;
            } else {
                seenDown = current;
            }
            Thread.yield();
        }
    }

    /** The plan that holds for an exchange: the one that it began with, unless a change holds for it too. */
    public ActivePlan planFor(Target exchange) {
        return proxy.active().from(exchange.plan());
    }

    /**
     * Waits until something is so that another thread of this connection brings about.
     *
     * @return false if the connection ended before
     */
    public boolean await(BooleanSupplier so) {
        return waits.awaitUntil(() -> so.getAsBoolean() ? 0 : Waits.FOREVER, teardown::isOpen);
    }

    /** Makes the threads that {@link #await} something look again. */
    public void changed() {
        waits.wake();
    }

    /** Starts another virtual thread of this connection, named after proxy, number and role. */
    public Thread spawn(String role, Runnable task) {
        return owner.start(Thread.ofVirtual().name(proxy.name() + " #" + number + " " + role), () -> {
            try {
                task.run();
            } catch (RuntimeException | Error defect) {
                owner.failed(this, defect);
            }
        });
    }

    /** Whether a request has begun to arrive that isn't {@link #answering} yet: a shutdown lets it finish. */
    public void receiving(boolean underWay) {
        receiving = underWay;
        idleAgain(underWay);
    }

    /** Whether responses are still to come: a shutdown lets them finish. */
    public void answering(boolean underWay) {
        answering = underWay;
        idleAgain(underWay);
    }

    /** A drain that looked before this was known waits to be told; one that looks later sees it. */
    private void idleAgain(boolean underWay) {
        if (!underWay && isDraining()) {
            proxy.settled();
        }
    }

    /** Whether no exchange is under way; only an http proxy knows. */
    public boolean isIdle() {
        return !receiving && !answering;
    }

    /** Whether its proxy is shutting down: it is to end behind what is under way. */
    public boolean isDraining() {
        return proxy.isEnding();
    }

    /** Whether a request has begun to arrive of which the responses don't know yet. */
    public boolean isReceiving() {
        return receiving;
    }

    /**
     * Ends the connection as the reason asks for.
     *
     * @param direction whose bytes met the reason
     * @param reason a fault's order, or what a socket threw
     */
    public void end(Direction direction, IOException reason) {
        teardown.end(direction, reason);
    }

    /** Nothing is to come any more: closes as soon as the client does or falls silent. */
    public void linger() {
        teardown.linger();
    }

    /** This direction has ended. */
    public void done(Direction direction) {
        teardown.done(direction);
    }

    /** Closes both sockets at once; data not yet read turns that into a reset by the kernel. */
    public void close(EndCause cause) {
        teardown.close(cause);
    }

    /** Tears both sockets down by RST (RFC 9293 §3.5.2). */
    public void reset(EndCause cause) {
        teardown.reset(cause);
    }

    /** Closes so that both ends see FIN after the last byte, whatever they still send themselves. */
    public void closeInOrder(EndCause cause) {
        teardown.closeInOrder(Direction.DOWN, cause);
    }

    public boolean isOpen() {
        return teardown.isOpen();
    }

    /** Whether the connection has been closed in order and only reads away what still comes. */
    public boolean isLingering() {
        return teardown.isLingering();
    }

    /** Logs what a person may have to look at, with the names of the proxy and the client. */
    public void warn(@Nullable String what) {
        proxy.log(
                Options.Log.WARNINGS,
                Level.WARNING,
                "proxy " + proxy.name() + " #" + number + " from " + peer + ": " + what);
    }

    /** Its state at this moment. */
    public ConnectionInfo info() {
        return new ConnectionInfo(
                proxy.name(),
                number,
                peer,
                since,
                counters.bytes(Direction.UP),
                counters.bytes(Direction.DOWN),
                waiting(),
                rules(),
                Math.max(up.exchange(), down.exchange()));
    }

    private Set<String> rules() {
        Set<String> names = new LinkedHashSet<>(up.rules());
        names.addAll(down.rules());
        return names;
    }

    /** How many of its threads wait for a fault at this moment. */
    public int waiting() {
        return waits.count();
    }

    /** Bytes handed on in this direction. */
    public long bytes(Direction direction) {
        return counters.bytes(direction);
    }

    /** The next byte that the client gets is the first one of a response. */
    public void awaitAnswer() {
        counters.awaitResponse();
    }

    /** When the client got the first byte of the last response, as {@code nanoTime}; empty if it hasn't yet. */
    public OptionalLong answerAt() {
        return counters.responseAt();
    }

    /** Counts and enters what rules do to the connection or one of its exchanges. */
    public HitRecorder hits() {
        return host;
    }

    /** The plan changed: waits look again, quiet directions take it on now, the others at their next byte. */
    void planChanged(ActivePlan plan) {
        subject.forgetAllBut(plan);
        host.planChanged(plan);
        waits.wake();
        sockets.wakeWriters();
        for (FaultPipeline outlet : new FaultPipeline[] {up, down}) {
            if (outlet.isQuietAndStale()) {
                spawn("new plan", outlet::adoptIfQuiet);
            }
        }
    }

    /** Whether a quiet direction is about to take on the plan in force. */
    boolean isSettling() {
        return isOpen() && !isLingering() && (up.isSettling() || down.isSettling());
    }
}
