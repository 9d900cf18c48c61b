package io.chaosproxy.relay;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Drawn;
import io.chaosproxy.fault.Protocol;
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
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
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
    /**
     * How long a closing connection is kept whose client sends nothing, and at the most one that is closed by a rule. What
     * comes is read away meanwhile, so that FIN doesn't turn into RST.
     */
    private static final Duration LINGER = Duration.ofSeconds(1);

    /** How long a client that has its answer may go on to send what nobody wants; as long as nginx lets it by default. */
    private static final Duration LINGER_AFTER_ANSWER = Duration.ofSeconds(30);

    /** How long a reader that met the end waits for a write to the same socket, which may have met a reset. */
    private static final Duration WRITE_VERDICT = Duration.ofMillis(100);

    private static final Duration BLINK = Duration.ofMillis(1);

    private final Proxy proxy;
    private final Listener listener;
    private final long number;
    private final Wire client;
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

    private long seenUp; // the version of the plan, by the thread that reads from the client
    private long seenDown; // by the one that reads from the upstream

    private final SocketSink toClient;
    private volatile @Nullable SocketSink toUpstream;
    private volatile @Nullable Wire upstream;
    private volatile boolean open = true;
    private volatile boolean admitted;
    private volatile boolean receiving;
    private volatile boolean answering;
    private volatile long lastMove;
    private volatile long lastDiscarded;
    private volatile boolean awaitsAnswer;
    private volatile long answerAt;
    private volatile boolean downDone;
    private volatile boolean upUnwanted;

    Connection(Proxy proxy, Listener listener, long number, SocketChannel client) throws IOException {
        this.proxy = proxy;
        this.listener = listener;
        this.number = number;
        this.peer = (InetSocketAddress) client.getRemoteAddress(); // fails for a client that has gone
        this.client = Wire.over(client);
        this.waits = new Waits(proxy.common().time());
        this.links = new Links(
                Rate.Shared.CONNECTION, proxy.common().time(), proxy.common().seed(), proxy.name() + "#" + number);
        this.subject = Subject.connection(number, peer.getAddress(), proxy.active());
        this.seenUp = subject.plan().version();
        this.seenDown = seenUp;
        this.down = new Outlet(this, Direction.DOWN, subject);
        this.up = new Outlet(this, Direction.UP, subject);
        this.lastMove = proxy.common().time().nanoTime();
        this.toClient = new SocketSink(this.client, Direction.DOWN, this);
        down.lead(toClient);
    }

    /** The proxy that accepted it. */
    public Proxy proxy() {
        return proxy;
    }

    /** Its number on the proxy, counted from 1. */
    public long number() {
        return number;
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
     * The faults of the connection itself have let it in. Only now is it decided, on a tcp proxy, which rules its bytes
     * meet: a connection that is refused uses up no ordinal and no hit of theirs.
     */
    void admitted() throws IOException {
        admitted = true;
        if (proxy.protocol() == Protocol.TCP) {
            up.begin(subject);
            down.begin(subject);
        }
    }

    /** Whether rules may hit the bytes of the connection itself, rather than those of its exchanges. */
    boolean carriesBytes() {
        return admitted && proxy.protocol() == Protocol.TCP;
    }

    /**
     * Connects to the upstream; from now on the up outlet leads somewhere.
     *
     * @throws Unreachable if it can't be reached
     */
    public void dial() throws IOException {
        try {
            Wire dialled = proxy.dialer().dial(this);
            toUpstream = new SocketSink(dialled, Direction.UP, this);
            up.lead(toUpstream);
        } catch (Unreachable e) {
            if (!open) {
                throw new IOException("closed while it was dialled", e);
            }
            proxy.traffic().dialFailed();
            proxy.log(Options.Log.WARNINGS, Level.WARNING, e.getMessage() + ", client " + peer);
            throw e;
        }
    }

    /** A closed connection doesn't wait for a socket that is about to connect. */
    void trying(Wire wire) {
        upstream = wire;
        if (!open) {
            closeQuietly(wire);
        }
    }

    /**
     * Reads from the end that this direction comes from.
     *
     * <p>The kernel reports a reset once, to whoever asks first. If that was a write, the reads that follow see an
     * ordinary end, which the other end of the connection must not be told.
     *
     * @return how many bytes came, -1 at the end of the stream
     */
    public int read(Direction direction, Chunk chunk) throws IOException {
        Wire from = direction == Direction.UP ? client : upstream;
        SocketSink back = direction == Direction.UP ? toClient : toUpstream;
        if (from == null || back == null) {
            throw new IllegalStateException("not dialled yet");
        }
        letOthersGoFirst(direction);
        int count = chunk.readFrom(from);
        if (count > 0) {
            proxy.traffic().countReceived(direction, count);
        } else if (count < 0) {
            awaitVerdict(back);
            if (back.isTorn()) {
                throw new SocketException("Connection reset");
            }
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

    /** A write that is under way returns at once if the connection was torn down, and may be blocked if it was not. */
    private void awaitVerdict(SocketSink sink) {
        long most = WRITE_VERDICT.dividedBy(BLINK);
        for (long i = 0; i < most && sink.isWriting(); i++) {
            waits.pause(BLINK.toNanos(), this::isOpen);
        }
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

    /** The same, but no longer than that; false also if the time is over. */
    boolean await(BooleanSupplier so, Duration most) {
        long begun = System.nanoTime();
        waits.sit(() -> so.getAsBoolean() ? 0 : most.toNanos() - (System.nanoTime() - begun), () -> open);
        return so.getAsBoolean();
    }

    /** Makes the threads that {@link #await} something look again. */
    public void changed() {
        waits.wake();
    }

    /** Starts another virtual thread of this connection, named after proxy, number and role. */
    public Thread spawn(String role, Runnable task) {
        return proxy.crew().start(Thread.ofVirtual().name(proxy.name() + " #" + number + " " + role), () -> {
            try {
                task.run();
            } catch (RuntimeException | Error defect) {
                proxy.failed(this, defect);
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
     * Ends the connection as the reason asks for. The one place where it is decided how the two ends get to know.
     *
     * @param reason a fault's order, or what a socket threw
     */
    public void end(IOException reason) {
        if (reason instanceof Severed cut) {
            switch (cut.how()) {
                case RESET -> reset();
                case CLOSE -> closeInOrder(LINGER);
            }
        } else if (wasReset(reason)) {
            reset(); // one end tore it down, so the other end sees the same
        } else {
            close();
        }
    }

    /** Nothing is to come any more: closes as soon as the client does or falls silent. */
    public void linger() {
        linger(LINGER_AFTER_ANSWER);
    }

    private void linger(Duration most) {
        if (lingering.compareAndSet(false, true)) {
            proxy.settled(); // it takes on no plan any more
            long begun = proxy.common().time().nanoTime();
            lastDiscarded = begun;
            spawn("linger", () -> {
                waits.sit(() -> lingerLeft(begun, most), this::isOpen);
                close();
            });
        }
    }

    private long lingerLeft(long begun, Duration most) {
        long now = proxy.common().time().nanoTime();
        return Math.min(most.toNanos() - (now - begun), LINGER.toNanos() - (now - lastDiscarded));
    }

    /** Something that the client sent and nobody wants has been read away. */
    void discarded() {
        lastDiscarded = proxy.common().time().nanoTime();
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

    /** Names of the rules that its bytes meet at this moment, in order. */
    public Set<String> rules() {
        Set<String> names = new LinkedHashSet<>(up.rules());
        names.addAll(down.rules());
        return names;
    }

    /** The last HTTP exchange that began, from 1; 0 on a tcp proxy. */
    public long exchange() {
        return Math.max(up.exchange(), down.exchange());
    }

    public boolean isOpen() {
        return open;
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
        closeInOrder(LINGER_AFTER_ANSWER);
    }

    private void closeInOrder(Duration most) {
        endQuietly(client);
        endQuietly(upstream);
        linger(most);
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
        return shared.throttle(rule, rate, direction, proxy::active);
    }

    /** What both directions share under this rule; another rule of the same name begins anew. */
    <T> T common(ActiveRule rule, Class<T> type, Supplier<T> make) {
        return type.cast(common.computeIfAbsent(rule, key -> make.get()));
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

    /** Nanoseconds since bytes were handed on. */
    long sinceLastMove(long now) {
        return now - lastMove;
    }

    /** Enters into the journal what a rule did to the connection or one of its exchanges. */
    public void hit(Subject subject, Rule rule, Drawn drawn) {
        proxy.journal(subject.struck(proxy.name(), rule, drawn));
    }

    /** The plan changed: waits look again, quiet directions take it on now, the others at their next byte. */
    void planChanged(ActivePlan plan) {
        links.adopt(plan);
        subject.forgetAllBut(plan);
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

    static boolean wasReset(IOException reason) {
        String message = reason.getMessage();
        return message != null && message.startsWith("Connection reset");
    }

    private static void resetOnClose(@Nullable Wire wire) {
        if (wire != null) {
            wire.resetOnClose();
        }
    }

    private static void endQuietly(@Nullable Wire wire) {
        if (wire != null && wire.isConnected()) {
            try {
                wire.end();
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
