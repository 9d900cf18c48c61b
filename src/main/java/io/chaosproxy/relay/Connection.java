package io.chaosproxy.relay;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Drawn;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Subject;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.Severed;
import io.chaosproxy.flow.Throttle;
import io.chaosproxy.flow.Waits;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One accepted client connection and its upstream twin: the sockets, their end, and what their threads share.
 *
 * <p>Made by the accept loop, served by a {@link Relay} on a thread of its own. Any thread may end it.
 */
public final class Connection {
    /** How long data of a closing connection that nobody wants is still read, so that FIN doesn't turn into RST. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private final Proxy proxy;
    private final Listener listener;
    private final long number;
    private final SocketChannel client;
    private final InetSocketAddress peer;
    private final Instant since = Instant.now();
    private final Waits waits;
    private final Links links;
    private final Subject subject;
    private final Outlet up;
    private final Outlet down;
    private final Map<ActiveRule, Object> common = new ConcurrentHashMap<>(1);
    private final AtomicLong bytesUp = new AtomicLong();
    private final AtomicLong bytesDown = new AtomicLong();
    private final AtomicBoolean lingering = new AtomicBoolean();

    private volatile @Nullable SocketChannel upstream;
    private volatile boolean open = true;
    private volatile boolean busy;
    private volatile long lastMove;
    private volatile boolean awaitsAnswer;
    private volatile long answerAt;
    private volatile boolean downDone;
    private volatile boolean upUnwanted;

    Connection(Proxy proxy, Listener listener, long number, SocketChannel client) throws IOException {
        this.proxy = proxy;
        this.listener = listener;
        this.number = number;
        this.client = client;
        this.peer = (InetSocketAddress) client.getRemoteAddress();
        this.waits = new Waits(proxy.common().time());
        this.links = new Links(
                Rate.Shared.CONNECTION, proxy.common().time(), proxy.common().seed(), proxy.name() + "#" + number);
        this.subject = Subject.connection(number, peer.getAddress(), proxy.active());
        this.down = new Outlet(this, Direction.DOWN, subject);
        this.up = new Outlet(this, Direction.UP, subject);
        this.lastMove = proxy.common().time().nanoTime();
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        down.lead(new SocketSink(client, Direction.DOWN, this));
    }

    /** The proxy that accepted it. */
    public Proxy proxy() {
        return proxy;
    }

    /** Its number on the proxy, counted from 1. */
    public long number() {
        return number;
    }

    /** The client's socket. */
    public SocketChannel client() {
        return client;
    }

    /** The connection as something that rules hit. */
    public Subject subject() {
        return subject;
    }

    /** Where the bytes of a direction go, through all faults. */
    public Outlet outlet(Direction direction) {
        return direction == Direction.UP ? up : down;
    }

    /**
     * Connects to the upstream; from now on the up outlet leads somewhere.
     *
     * @throws Unreachable if it can't be reached
     */
    public SocketChannel dial() throws IOException {
        SocketChannel dialled;
        try {
            dialled = proxy.dialer().dial();
        } catch (Unreachable e) {
            proxy.traffic().dialFailed();
            throw e;
        }
        upstream = dialled;
        up.lead(new SocketSink(dialled, Direction.UP, this));
        if (!open) { // closed while it was dialled
            closeQuietly(dialled);
            throw new IOException("closed while it was dialled");
        }
        return dialled;
    }

    /** The plan that holds for an exchange: the one that it began with, unless a change holds for it too. */
    public ActivePlan planFor(Subject exchange) {
        ActivePlan current = proxy.active();
        return current.supersedes(exchange.plan()) ? current : exchange.plan();
    }

    /**
     * Lets time pass under a rule.
     *
     * @return true when it is over, false if the rule was lifted or the connection ended meanwhile
     */
    public boolean pause(Duration time, ActiveRule rule) {
        return waits.pause(time.toNanos(), () -> open && proxy.active().has(rule));
    }

    /**
     * Waits until something is so that another thread of this connection brings about.
     *
     * @return false if the connection ended before
     */
    public boolean await(BooleanSupplier so) {
        return waits.sit(() -> so.getAsBoolean() ? 0 : Waits.FOREVER, () -> open);
    }

    /** Makes the threads that {@link #await} something look again. */
    public void changed() {
        waits.wake();
    }

    /** Starts another virtual thread of this connection, named after proxy, number and role. */
    public Thread spawn(String role, Runnable task) {
        return Thread.ofVirtual()
                .name(proxy.name() + " #" + number + " " + role)
                .start(task);
    }

    /** Whether something is under way that a shutdown should let finish. */
    public void busy(boolean underWay) {
        busy = underWay;
    }

    /**
     * Ends the connection as the reason asks for. The one place where it is decided how the two ends get to know.
     *
     * @param reason a fault's order, or what a socket threw
     */
    public void end(IOException reason) {
        if (reason instanceof Severed cut) {
            switch (cut.how()) {
                case RESET -> reset();
                case CLOSE -> closeInOrder();
            }
        } else if (wasReset(reason)) {
            reset(); // one end tore it down, so the other end sees the same
        } else {
            close();
        }
    }

    /** Reads away what still comes from an end whose data has nowhere to go, until it ends or the linger time is over. */
    public void linger() {
        if (lingering.compareAndSet(false, true)) {
            spawn("linger", () -> {
                waits.pause(LINGER.toNanos(), this::isOpen);
                close();
            });
        }
    }

    /** The client's bytes have nowhere to go any more; once the answer is complete the connection has no purpose. */
    void unwanted() {
        upUnwanted = true;
        if (downDone) {
            linger();
        }
    }

    /** This direction has ended. */
    public void done(Direction direction) {
        if (direction == Direction.DOWN) {
            downDone = true;
            if (upUnwanted) {
                linger();
            }
        }
    }

    /** Stands still until the rule is gone; then the connection comes alive. */
    void hang(ActiveRule rule) {
        waits.pause(Waits.FOREVER, () -> open && proxy.active().has(rule));
    }

    /** Logs what a person may have to look at, with the names of the proxy and the client. */
    public void warn(@Nullable String what) {
        proxy.log(
                Options.Log.WARNINGS,
                Level.WARNING,
                "proxy " + proxy.name() + " #" + number + " from " + peer + ": " + what);
    }

    /** Whether the connection has been closed in order and only reads away what still comes. */
    public boolean isLingering() {
        return lingering.get();
    }

    /** The client's address. */
    public InetSocketAddress peer() {
        return peer;
    }

    /** When it was accepted. */
    public Instant since() {
        return since;
    }

    /** Bytes handed on in this direction. */
    public long bytes(Direction direction) {
        return (direction == Direction.UP ? bytesUp : bytesDown).get();
    }

    public boolean isOpen() {
        return open;
    }

    /** Whether an exchange is under way. */
    public boolean isBusy() {
        return busy;
    }

    /** How many of its threads sit out a fault at this moment. */
    public int waiting() {
        return waits.count();
    }

    /** Closes both sockets at once; data not yet read turns that into a reset by the kernel. */
    public void close() {
        open = false;
        closeQuietly(client);
        closeQuietly(upstream);
        waits.wake();
        proxy.closed(this);
    }

    /** Tears both sockets down by RST (RFC 9293 §3.5.2). */
    public void reset() {
        // SO_LINGER 0 before the close makes it an RST; a shutdownOutput before would make the client see an end first.
        resetOnClose(client);
        resetOnClose(upstream);
        close();
    }

    /** Closes so that both ends see FIN after the last byte, whatever they still send themselves. */
    public void closeInOrder() {
        shutdownQuietly(client);
        shutdownQuietly(upstream);
        linger();
    }

    Listener listener() {
        return listener;
    }

    Waits waits() {
        return waits;
    }

    Throttle throttle(String rule, Rate rate, Direction direction) {
        Links shared = switch (rate.shared()) {
            case ALL -> proxy.common().links();
            case PROXY -> proxy.links();
            case CONNECTION -> links;
        };
        return shared.throttle(rule, rate, direction);
    }

    /** What both directions share under this rule; another rule of the same name begins anew. */
    <T> T common(ActiveRule rule, Class<T> type, Supplier<T> make) {
        return type.cast(common.computeIfAbsent(rule, key -> make.get()));
    }

    /**
     * Reads once, blocking, and counts what came.
     *
     * @return how many bytes came, -1 at the end of the stream
     */
    public int read(Direction direction, Chunk chunk, SocketChannel from) throws IOException {
        int count = chunk.readFrom(from);
        if (count > 0) {
            proxy.traffic().countReceived(direction, count);
        }
        return count;
    }

    void moved(Direction direction, int bytes) {
        (direction == Direction.UP ? bytesUp : bytesDown).addAndGet(bytes);
        proxy.traffic().count(direction, bytes);
        long now = proxy.common().time().nanoTime();
        lastMove = now;
        if (awaitsAnswer && direction == Direction.DOWN) {
            answerAt = now;
            awaitsAnswer = false;
        }
    }

    /** The next byte that the client gets is the first one of a response. */
    public void awaitAnswer() {
        awaitsAnswer = true;
    }

    /** When the client got the first byte of the last response, as {@code nanoTime}; empty if it hasn't yet. */
    public OptionalLong answerAt() {
        return awaitsAnswer ? OptionalLong.empty() : OptionalLong.of(answerAt);
    }

    boolean idleFor(long nanos, long now) {
        return now - lastMove >= nanos;
    }

    /** Enters into the journal what a rule did to the connection or one of its exchanges. */
    public void hit(Subject subject, Rule rule, Drawn drawn) {
        subject.struck(rule.name());
        var request = subject.request();
        proxy.journal(new Hit(
                Instant.now(),
                proxy.name(),
                number,
                subject.exchange(),
                peer.getAddress().getHostAddress(),
                request == null ? "" : request.method() + " " + request.path(),
                rule.name(),
                rule.fault().type(),
                drawn));
    }

    /** The plan changed: waits look again, quiet directions take it on now, the others at their next byte. */
    void planChanged(ActivePlan plan) {
        links.adopt(plan);
        common.keySet()
                .removeIf(rule ->
                        !plan.has(rule) && !down.plan().has(rule) && !up.plan().has(rule));
        waits.wake();
        for (Outlet outlet : new Outlet[] {up, down}) {
            if (outlet.isQuietAndStale()) {
                spawn("new plan", outlet::adoptIfQuiet);
            }
        }
    }

    /** Whether a quiet direction is about to take on the plan in force. */
    boolean isSettling() {
        return open && !isLingering() && (up.isSettling() || down.isSettling());
    }

    private static boolean wasReset(IOException reason) {
        String message = reason.getMessage();
        return message != null && message.contains("reset");
    }

    private static void resetOnClose(@Nullable SocketChannel socket) {
        if (socket != null) {
            try {
                socket.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                // closed already: there is nothing left to reset
            }
        }
    }

    private static void shutdownQuietly(@Nullable SocketChannel socket) {
        if (socket != null) {
            try {
                socket.shutdownOutput();
            } catch (IOException e) {
                // not connected any more, so there is no end to announce
            }
        }
    }

    static void closeQuietly(@Nullable AutoCloseable socket) {
        if (socket != null) {
            try {
                socket.close();
            } catch (Exception e) {
                // a socket that can't be closed is gone as well
            }
        }
    }
}
