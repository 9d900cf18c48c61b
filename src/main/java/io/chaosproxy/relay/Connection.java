package io.chaosproxy.relay;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Drawn;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Stall;
import io.chaosproxy.fault.Subject;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.Severed;
import io.chaosproxy.flow.Throttle;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Unwritable;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.FaultHost;
import io.chaosproxy.inject.Hold;
import io.chaosproxy.inject.Links;
import io.chaosproxy.inject.Outlet;
import io.chaosproxy.net.ConnectionResetException;
import io.chaosproxy.net.Dialer;
import io.chaosproxy.net.Listener;
import io.chaosproxy.net.SocketSink;
import io.chaosproxy.net.Sockets;
import io.chaosproxy.net.Unreachable;
import io.chaosproxy.net.Wire;
import io.chaosproxy.observe.ConnectionInfo;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
     * How long a closing connection is kept whose client sends nothing. What comes is read away meanwhile, so that FIN
     * doesn't turn into RST.
     */
    private static final Duration LINGER = Duration.ofSeconds(1);

    /**
     * Upper bound for the linger of a client that goes on to send, as in nginx ({@code lingering_time}), and for a silent
     * one that has been slower than its bytes came: a byte that it sends after the close would cost it what the kernel
     * still holds for it.
     */
    private static final Duration LONGEST_LINGER = Duration.ofSeconds(30);

    /** How long bytes of a client that is gone may take on their way up before its reset is passed on. */
    private static final Duration LAST_BYTES = Duration.ofSeconds(1);

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
    private final AtomicInteger waitsOfFaults = new AtomicInteger(); // at this moment
    private final AtomicBoolean lingering = new AtomicBoolean();
    private final AtomicBoolean leaving = new AtomicBoolean();

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
    private volatile long lastHeld;
    private volatile long lastDiscarded;
    private volatile boolean awaitsAnswer;
    private volatile long answerAt;
    private volatile boolean downDone;
    private volatile boolean upUnwanted;
    private volatile boolean clientGone;
    private volatile boolean cutUp;
    private volatile Hold.@Nullable Timed held; // by a rule of the connection itself
    private volatile long lingerBegun;

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
        FaultHost host = new Host();
        this.down = new Outlet(host, Direction.DOWN, subject);
        this.up = new Outlet(host, Direction.UP, subject);
        this.lastMove = proxy.common().time().nanoTime();
        this.lastHeld = lastMove;
        this.toClient = sinkInto(this.client, Direction.DOWN);
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
            SocketSink sink = sinkInto(proxy.dialer().dial(new Dialling()), Direction.UP);
            toUpstream = sink;
            up.lead(sink);
        } catch (Unreachable e) {
            if (!open) {
                throw new IOException("closed while it was dialled", e);
            }
            proxy.traffic().dialFailed();
            proxy.log(Options.Log.WARNINGS, Level.WARNING, e.getMessage() + ", client " + peer);
            throw e;
        }
    }

    private SocketSink sinkInto(Wire wire, Direction direction) {
        Outlet outlet = outlet(direction);
        return new SocketSink(wire, outlet::keepsWriting, bytes -> moved(direction, bytes));
    }

    /** What the dialer needs of the connection. */
    private final class Dialling implements Dialer.Caller {
        /** A closed connection doesn't wait for a socket that is about to connect. */
        @Override
        public void trying(Wire wire) {
            upstream = wire;
            if (!open) {
                Sockets.closeQuietly(wire);
            }
        }

        @Override
        public void await(BooleanSupplier condition, Duration atMost) {
            Connection.this.await(condition, atMost);
        }

        @Override
        public void changed() {
            Connection.this.changed();
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void spawn(String role, Runnable task) {
            Connection.this.spawn(role, task);
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
        int count = direction == Direction.UP ? readFromClient(chunk) : chunk.readFrom(from);
        if (count > 0) {
            proxy.traffic().countReceived(direction, count);
        } else if (count < 0) {
            awaitVerdict(back);
            if (back.isTorn()) {
                throw new ConnectionResetException();
            }
        }
        return count;
    }

    private int readFromClient(Chunk chunk) throws IOException {
        client.beginReading();
        try {
            return chunk.readFrom(client);
        } finally {
            client.endReading();
        }
    }

    /**
     * Looks whether the client of a connection that a rule holds has left, and ends the connection then. The threads that
     * would notice may be held themselves, so the client's socket is read ahead. Never waits.
     */
    void releaseIfLeft(ByteBuffer scratch) {
        Hold hold = isLingering() ? Hold.NONE : hold(proxy.common().time().nanoTime());
        if (hold == Hold.NONE) {
            return;
        }
        if (client.readsAtOnce()) {
            client.lookAhead(scratch);
        } else if (client.isReadAhead()) {
            spawn("ahead", () -> client.lookAhead(ByteBuffer.allocate(4096)));
        }
        IOException failure = client.failure();
        if (failure != null) {
            if (leaving.compareAndSet(false, true)) {
                spawn("left", () -> end(Direction.UP, failure));
            }
        } else if (client.hasEnded() && hold == Hold.LONG) {
            close();
        }
    }

    /** Whether only a selector can tell whether its client, of which more is unread than is read ahead, has left. */
    boolean needsSelector() {
        return client.isAheadFull() && client.readsAtOnce();
    }

    /** Ends the connection if its client has torn it down behind bytes that nobody reads. Never waits. */
    void releaseIfTorn(Selector selector) {
        try {
            if (open && client.isTorn(selector) && leaving.compareAndSet(false, true)) {
                spawn("left", () -> end(Direction.UP, new ConnectionResetException()));
            }
        } catch (IOException | RuntimeException e) {
            // closed meanwhile
        }
    }

    private Hold hold(long now) {
        Hold.Timed pause = held;
        Hold own = pause == null ? Hold.NONE : pause.at(now);
        return own.or(up.hold(now)).or(down.hold(now));
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
        return current.from(exchange.plan());
    }

    /**
     * Lets time pass under a rule.
     *
     * @return true when it is over, false if the rule was lifted or the connection ended meanwhile
     */
    public boolean pause(Duration time, ActiveRule rule) {
        return pause(time.toNanos(), rule);
    }

    private boolean pause(long nanos, ActiveRule rule) {
        held = nanos <= 0 ? null : new Hold.Timed(proxy.common().time().nanoTime(), nanos, Hold.BEARABLE);
        try {
            return heldBack(
                    () -> waits.pause(nanos, () -> open && proxy.active().has(rule)));
        } finally {
            held = null;
        }
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
     * @param direction whose bytes met the reason
     * @param reason a fault's order, or what a socket threw
     */
    public void end(Direction direction, IOException reason) {
        if (reason instanceof Severed cut) {
            switch (cut.how()) {
                case RESET -> reset();
                case CLOSE -> closeInOrder(direction);
            }
            return;
        }
        boolean upstreamFailed = (direction == Direction.DOWN) != (reason instanceof Unwritable);
        if (upstreamFailed && isLingering()) {
            Sockets.closeQuietly(upstream); // the client is still to get what was sent to it
        } else if (reason instanceof Unreachable) {
            closeInOrder();
        } else {
            deliver(upstreamFailed ? Direction.DOWN : Direction.UP);
            if (ConnectionResetException.isReset(reason)) {
                reset(); // one end tore it down, so the other end sees the same
            } else {
                close();
            }
        }
    }

    /**
     * One end of the connection has failed: what it sent before is handed on to the other end first, each byte in its own
     * time, and the failure is as late as bytes are. A client that is gone bounds that.
     */
    private void deliver(Direction direction) {
        Outlet outlet = outlet(direction);
        if (!open || outlet.holdsNothing()) {
            return;
        }
        if (direction == Direction.UP) {
            spawn("last bytes", this::hurry);
        }
        try {
            outlet.breakOff();
        } catch (IOException e) {
            // the other end has failed as well, or a rule ends the stream
        }
    }

    /** A client that is gone doesn't keep its connection: what a rule still holds then goes up at once. */
    private void hurry() {
        if (waits.pause(LAST_BYTES.toNanos(), this::isOpen)) {
            clientGone = true;
            waits.wake();
            waits.pause(LAST_BYTES.toNanos() / 4, this::isOpen);
        }
        reset();
    }

    /** Nothing is to come any more: closes as soon as the client does or falls silent. */
    public void linger() {
        if (lingering.compareAndSet(false, true)) {
            keepLingering(() -> {});
        }
    }

    private void keepLingering(Runnable before) {
        proxy.settled(); // it takes on no plan any more
        lingerBegun = proxy.common().time().nanoTime();
        lastDiscarded = lingerBegun;
        spawn("linger", () -> {
            before.run();
            long begun = proxy.common().time().nanoTime();
            lastDiscarded = begun;
            waits.sit(() -> lingerLeft(begun), this::isOpen);
            close();
        });
    }

    private long lingerLeft(long begun) {
        long now = proxy.common().time().nanoTime();
        @Nullable SocketSink receiver = cutUp ? toUpstream : null;
        boolean slow = toClient.wasFull() || (receiver != null && receiver.wasFull());
        Duration silence = slow ? LONGEST_LINGER : LINGER;
        return Math.min(LONGEST_LINGER.toNanos() - (now - begun), silence.toNanos() - (now - lastDiscarded));
    }

    /** Something has been read away that is of no use any more; of what the upstream sends, only if its bytes were cut. */
    void discarded(Direction direction) {
        if (direction == Direction.UP || cutUp) {
            lastDiscarded = proxy.common().time().nanoTime();
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
        pause(Waits.FOREVER, rule);
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

    /** Its state at this moment. */
    public ConnectionInfo info() {
        return new ConnectionInfo(
                proxy.name(),
                number,
                peer,
                since,
                bytes(Direction.UP),
                bytes(Direction.DOWN),
                waiting(),
                rules(),
                exchange());
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
        Sockets.closeQuietly(client);
        Sockets.closeQuietly(upstream);
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
        closeInOrder(Direction.DOWN);
    }

    /**
     * The same.
     *
     * @param cut the direction that ends here; its receiver may be slow to take what it was sent
     */
    private void closeInOrder(Direction cut) {
        if (!lingering.compareAndSet(false, true)) {
            return;
        }
        cutUp = cut == Direction.UP;
        waits.wake(); // what a rule holds on the way up goes on now
        if (up.holdsNothing()) {
            endQuietly(upstream);
        } else {
            spawn("last up", () -> endBehindLastByte(Direction.UP));
        }
        if (down.holdsNothing()) {
            endQuietly(client);
            keepLingering(() -> {});
        } else {
            keepLingering(() -> endBehindLastByte(Direction.DOWN));
        }
    }

    private void endBehindLastByte(Direction direction) {
        try {
            outlet(direction).flushAll();
        } catch (IOException e) {
            // the end that the bytes are for takes no more
        }
        endQuietly(direction == Direction.UP ? upstream : client);
    }

    /** Closes the upstream's side alone if it still sends when nobody wants that any more. */
    boolean dropsUpstream() {
        Duration most = cutUp ? LONGEST_LINGER : LINGER;
        boolean late = isLingering() && proxy.common().time().nanoTime() - lingerBegun > most.toNanos();
        if (late) {
            Sockets.closeQuietly(upstream);
        }
        return late;
    }

    /**
     * Whether no rule may keep bytes of this direction waiting any more, though the connection is still open.
     *
     * @param moves whether they are on their way meanwhile; then those of a client that is gone arrive early rather than never
     */
    boolean letsGo(Direction direction, boolean moves) {
        return direction == Direction.UP && (isLingering() || (moves && clientGone));
    }

    Listener listener() {
        return listener;
    }

    Waits waits() {
        return waits;
    }

    Throttle throttle(String rule, Rate rate, Direction direction) {
        return switch (rate.shared()) {
            case ALL -> proxy.common().links().throttle(rule, rate, direction);
            case PROXY -> proxy.links().throttle(rule, rate, direction, proxy::active);
            case CONNECTION -> links.throttle(rule, rate, direction, proxy::active);
        };
    }

    /** Where the outage of a rule is kept; of no use to other faults. */
    Stall stall(ActiveRule rule) {
        if (!(rule.rule().fault() instanceof Outage outage)) {
            return rule.stall();
        }
        return switch (outage.scope()) {
            case CONNECTION -> common(rule, Stall.class, Stall::new);
            case PROXY -> rule.stall();
            case ALL -> proxy.common().stalls().of(proxy.planInForce(), rule);
        };
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

    /** Runs a wait of a fault, which is no idle time; the result is that of the wait. */
    boolean heldBack(BooleanSupplier wait) {
        waitsOfFaults.incrementAndGet();
        try {
            return wait.getAsBoolean();
        } finally {
            lastHeld = proxy.common().time().nanoTime(); // before the count, which says that it is of use
            waitsOfFaults.decrementAndGet();
        }
    }

    /** Nanoseconds in which nothing moved and no fault held anything back. */
    long idle(long now) {
        return waitsOfFaults.get() > 0 ? 0 : Math.min(now - lastMove, now - lastHeld);
    }

    /** Nanoseconds since bytes were handed on. */
    long sinceLastMove(long now) {
        return now - lastMove;
    }

    /**
     * A rule is about to do something to the connection or one of its exchanges.
     *
     * @return false if its hits are used up, so that it has to let pass
     */
    public boolean hit(Subject subject, ActiveRule rule, long trial, Drawn drawn) {
        return hit(subject, rule, trial, drawn, () -> {});
    }

    /** The same; something is run before the journal gets its entry, if it gets one. */
    boolean hit(Subject subject, ActiveRule rule, long trial, Drawn drawn, Runnable before) {
        return subject.acts(rule, trial, () -> {
            before.run();
            enter(subject, rule.rule(), drawn);
        });
    }

    /** Enters into the journal what a rule did to the connection or one of its exchanges. */
    public void enter(Subject subject, Rule rule, Drawn drawn) {
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
        toClient.wakeWriter();
        SocketSink dialled = toUpstream;
        if (dialled != null) {
            dialled.wakeWriter();
        }
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

    /** What the faults need of the connection. */
    private final class Host implements FaultHost {
        @Override
        public TimeSource time() {
            return proxy.common().time();
        }

        @Override
        public ActivePlan active() {
            return proxy.active();
        }

        @Override
        public Waits waits() {
            return waits;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public boolean carriesBytes() {
            return Connection.this.carriesBytes();
        }

        @Override
        public long bytes(Direction direction) {
            return Connection.this.bytes(direction);
        }

        @Override
        public boolean hasBegun(Direction direction, Subject exchange) {
            return outlet(direction).hasBegun(exchange);
        }

        @Override
        public boolean letsGo(Direction direction, boolean moves) {
            return Connection.this.letsGo(direction, moves);
        }

        @Override
        public boolean heldBack(BooleanSupplier wait) {
            return Connection.this.heldBack(wait);
        }

        @Override
        public Throttle throttle(String rule, Rate rate, Direction direction) {
            return Connection.this.throttle(rule, rate, direction);
        }

        @Override
        public Stall stall(ActiveRule rule) {
            return Connection.this.stall(rule);
        }

        @Override
        public <T> T common(ActiveRule rule, Class<T> type, Supplier<T> make) {
            return Connection.this.common(rule, type, make);
        }

        @Override
        public void spawn(String role, Runnable task) {
            Connection.this.spawn(role, task);
        }

        @Override
        public void end(Direction direction, IOException reason) {
            Connection.this.end(direction, reason);
        }

        @Override
        public boolean hit(Subject hit, ActiveRule rule, long trial, Drawn drawn, Runnable before) {
            return Connection.this.hit(hit, rule, trial, drawn, before);
        }

        @Override
        public void delayed(Rule rule, long nanos) {
            proxy.delayed(rule, nanos);
        }

        @Override
        public void settled() {
            proxy.settled();
        }
    }
}
