package io.chaosproxy.relay;

import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.PlainText;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.OutOfMemory;
import io.chaosproxy.flow.ThreadTracker;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.Admission;
import io.chaosproxy.inject.PlanHolder;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.inject.SharedLimiters;
import io.chaosproxy.net.Dialer;
import io.chaosproxy.net.ListenException;
import io.chaosproxy.net.Listener;
import io.chaosproxy.net.Poller;
import io.chaosproxy.net.Sockets;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.Traffic;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongBiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A proxy: where it listens and leads to, the plan in force, and the connections that are open. It can be switched off and
 * on again and led elsewhere; its plan, its counts and its numbering survive that. Once it is closed, it is closed for good:
 * whatever would make it listen or change its plan throws {@link ProxyClosedException}.
 *
 * <p>Any thread may call any method; none of them waits for traffic, but {@link #close(Duration)}, for as long as it is
 * told.
 */
public final class ProxyServer implements ProxyContext, AutoCloseable {
    /**
     * A tcp connection on which nothing moved for this long isn't waited for at a shutdown, nor is an http connection on which
     * nothing ever came.
     */
    private static final long QUIET = Duration.ofMillis(500).toNanos();

    /** Upper bound for the wait for clients that have connected and are not accepted yet, at a shutdown. */
    private static final Duration LAST_ACCEPTS = Duration.ofSeconds(1);

    /** How often held clients are looked after. */
    private static final long LOOK = Duration.ofMillis(250).toNanos();

    private final ServerContext common;
    private final ProtocolHandler relay;
    private final System.Logger log;
    private final PlanHolder plan;
    private final SharedLimiters links;
    private final Traffic traffic = new Traffic();
    private final ThreadTracker crew = new ThreadTracker();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final ReentrantLock changing;
    private final Waits settling;

    private volatile ProxySpec spec;
    private volatile Dialer dialer;
    private volatile @Nullable Listener listener;
    private volatile boolean wanted;
    private volatile boolean ending; // closed, or being closed
    private volatile @Nullable InetSocketAddress lastAddress;

    /**
     * A proxy that is switched off.
     *
     * @throws io.chaosproxy.fault.RateConflict if its plan shares a rate with all proxies and another one has a different rate
     */
    public ProxyServer(ProxySpec spec, ServerContext common, ProtocolHandler relay) {
        this(common, spec, relay);
        changing.lock();
        try {
            common.links().check(Map.of(name(), plan()));
            join();
        } catch (InvalidValueException e) {
            plan.close();
            throw e;
        } finally {
            changing.unlock();
        }
    }

    /** One whose plan is not compared with those of other proxies, and does not count for them until it joins them. */
    ProxyServer(ServerContext common, ProxySpec spec, ProtocolHandler relay) {
        this.spec = spec;
        this.common = common;
        this.changing = common.changing();
        this.relay = relay;
        this.log = System.getLogger("io.chaosproxy." + spec.name());
        this.links = new SharedLimiters(FaultScope.PROXY, common.time(), common.seed(), spec.name());
        this.settling = new Waits(common.time());
        this.dialer = dialer(spec, common);
        common.journal().know(spec.name(), spec.plan().names());
        this.plan = new PlanHolder(
                spec.name(), spec.plan(), common.seed(), common.time(), crew, this::planChanged, this::wake);
    }

    /** From now on its plan counts for the rates that all proxies share. The lock of the fleet is held. */
    void join() {
        common.links().join(plan);
    }

    /**
     * A proxy that listens; connections are accepted when this returns.
     *
     * @throws ListenException naming proxy and address
     */
    public static ProxyServer start(ProxySpec spec, ServerContext common, ProtocolHandler relay) throws IOException {
        ProxyServer proxy = new ProxyServer(spec, common, relay);
        try {
            proxy.enable();
        } catch (IOException | RuntimeException e) {
            proxy.close();
            throw e;
        }
        return proxy;
    }

    /**
     * Listens, if it doesn't already: on the same port as before, if it has been on.
     *
     * @throws ListenException naming proxy and address; the proxy is off then
     * @throws ProxyClosedException if it has been closed
     */
    public void enable() throws IOException {
        changing.lock();
        try {
            checkOpen();
            wanted = true;
            if (!isEnabled()) {
                listenWith(bind(spec));
            }
        } finally {
            changing.unlock();
        }
    }

    /** Listens where it did until it stopped a moment ago, for a change of several proxies that then failed. */
    void listenAgain() throws IOException {
        changing.lock();
        try {
            checkOpen();
            if (!isEnabled()) {
                listenWith(Listener.bindAgain(
                        new Accepting(),
                        spec.listen().unresolved(),
                        options().backlog(),
                        options().maxConnections()));
            }
        } finally {
            changing.unlock();
        }
    }

    /**
     * Takes an address for this proxy; clients can connect when this returns, and wait until it is started.
     *
     * @throws ListenException naming proxy and address
     */
    Listener bind(ProxySpec at) throws ListenException {
        return Listener.bind(
                new Accepting(),
                at.listen().unresolved(),
                at.options().backlog(),
                at.options().maxConnections());
    }

    /** What a listener needs of the proxy. */
    private final class Accepting implements Listener.Owner {
        @Override
        public String name() {
            return ProxyServer.this.name();
        }

        @Override
        public TimeSource time() {
            return common.time();
        }

        @Override
        public void accepted(SocketChannel client, Listener from) throws IOException {
            ProxyServer.this.accepted(client, from);
        }

        /** A logger may block, which the accept loop must not. */
        @Override
        public void warn(String line) {
            try {
                crew.start(
                        Thread.ofVirtual().name(name() + " log"), () -> log(Options.Log.WARNINGS, Level.WARNING, line));
            } catch (RuntimeException | Error e) {
                // without memory for a thread there is no line, but the loop goes on
            }
        }
    }

    private void listenWith(Listener opened) {
        spec = spec.listeningOn(opened.address().getPort());
        lastAddress = opened.address();
        listener = opened;
        opened.start();
        crew.start(Thread.ofVirtual().name(name() + " watch"), () -> watchClients(opened));
        watchIdle(opened);
    }

    private void watchIdle(Listener open) {
        Duration limit = options().idleTimeout();
        if (!limit.isZero()) {
            crew.start(Thread.ofVirtual().name(name() + " idle"), () -> closeIdle(open, limit));
        }
    }

    private void checkOpen() {
        if (ending) {
            throw new ProxyClosedException(name());
        }
    }

    /** Whether it is closed, or drains until it will be. */
    @Override
    public boolean isEnding() {
        return ending;
    }

    /** Stops listening and closes every connection at once. */
    public void disable() {
        changing.lock();
        try {
            wanted = false;
            stopListening();
            connections.forEach(connection -> connection.teardown().close(EndCause.PROXY_STOPPED));
        } finally {
            changing.unlock();
        }
    }

    public boolean isEnabled() {
        return listener != null;
    }

    /** Whether it was to be on the last time that it was switched; if it isn't, it could not listen. */
    public boolean isWanted() {
        return wanted;
    }

    /**
     * Leads elsewhere, listens elsewhere or takes on other options: connections are closed, and the proxy is on if it was.
     *
     * @param changed its name, protocol and plan don't count
     * @throws ListenException naming proxy and address; then the proxy is off, with the new addresses
     * @throws ProxyClosedException if it has been closed
     */
    public void redirect(ProxySpec changed) throws IOException {
        changing.lock();
        try {
            checkOpen();
            boolean wasOn = isEnabled();
            disable();
            spec = new ProxySpec(
                    spec.name(),
                    spec.protocol(),
                    changed.listen(),
                    changed.upstream(),
                    Plan.CLEAN,
                    changed.options(),
                    spec.shortForm());
            dialer = dialer(spec, common);
            lastAddress = null;
            if (wasOn) {
                enable();
            }
        } finally {
            changing.unlock();
        }
    }

    /** Whether it listens with just the socket that this asks for. The lock of the fleet is held. */
    boolean listensAs(ProxySpec changed) {
        return isEnabled()
                && spec.listen().equals(changed.listen())
                && options().backlog() == changed.options().backlog();
    }

    /**
     * Takes on other addresses and options; nothing of it can fail. Connections are closed if it listens or leads elsewhere or
     * is to be off, else they stay. Other options hold for new connections at the latest. The lock of the fleet is held.
     *
     * @param changed its name, protocol and plan don't count
     * @param opened where it listens from now on; null to go on as before if it is to be on
     */
    void become(ProxySpec changed, boolean on, @Nullable Listener opened) {
        ProxySpec before = spec;
        boolean elsewhere =
                !before.listen().equals(changed.listen()) || !before.upstream().equals(changed.upstream());
        wanted = on;
        spec = new ProxySpec(
                before.name(),
                before.protocol(),
                changed.listen(),
                changed.upstream(),
                Plan.CLEAN,
                changed.options(),
                changed.shortForm());
        if (!before.upstream().equals(changed.upstream())
                || !before.options().connectTimeout().equals(changed.options().connectTimeout())) {
            dialer = dialer(spec, common);
        }
        if (!before.listen().equals(changed.listen())) {
            lastAddress = null;
        }
        if (opened != null || !on) {
            stopListening();
        }
        if (elsewhere || !on) {
            connections.forEach(connection -> connection
                    .teardown()
                    .close(EndCause.PROXY_STOPPED)); // before the first one that is accepted elsewhere
        }
        Listener open = listener;
        if (opened != null) {
            listenWith(opened);
        } else if (open != null) {
            open.limit(options().maxConnections());
            if (!before.options().idleTimeout().equals(options().idleTimeout())) {
                watchIdle(open);
            }
        }
    }

    private static Dialer dialer(ProxySpec spec, ServerContext common) {
        return new Dialer(
                spec.name(), spec.upstream().unresolved(), spec.options().connectTimeout(), common.resolver());
    }

    /** Frees its address; connections go on. The lock of the fleet is held. */
    void stopListening() {
        Listener open = listener;
        if (open != null) {
            listener = null;
            open.close();
        }
    }

    /** Remembers the keys of the short form with which the plan was written; see {@link ProxySpec#shortForm}. */
    public void shortForm(Map<String, String> keys) {
        changing.lock();
        try {
            spec = spec.withShortForm(keys);
        } finally {
            changing.unlock();
        }
    }

    /** What it is now: with the real port once it has listened, and with the plan in force. */
    @Override
    public ProxySpec spec() {
        return spec.with(plan());
    }

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public Protocol protocol() {
        return spec.protocol();
    }

    /** How it serves its connections, faults aside. */
    @Override
    public Options options() {
        return spec.options();
    }

    /**
     * Where it listens, with the real port.
     *
     * @throws IllegalStateException if it is off
     */
    public InetSocketAddress address() {
        return listener().address();
    }

    Listener listener() {
        Listener open = listener;
        if (open == null) {
            throw new IllegalStateException("proxy " + name() + " is off");
        }
        return open;
    }

    /** The real address where it listens, or listened until it was switched off; empty if it hasn't yet, or not yet there. */
    public Optional<InetSocketAddress> lastAddress() {
        return Optional.ofNullable(lastAddress);
    }

    public Plan plan() {
        return plan.current().plan();
    }

    /**
     * Puts another plan in force, for what is under way, too. Returns at once; open connections take it on within
     * milliseconds.
     *
     * @throws io.chaosproxy.fault.InvalidValueException if this proxy can't carry it out, or if another proxy has a different rate under the
     *     name of a rule with {@code shared = all}; then nothing has changed
     * @throws ProxyClosedException if it has been closed
     */
    public void plan(Plan other) {
        changing.lock();
        try {
            plan.replace(agreeing(previous -> other));
        } finally {
            changing.unlock();
        }
    }

    /** The same, as a change of the plan in force that nobody else's change gets between. */
    public void change(UnaryOperator<Plan> change) {
        changing.lock();
        try {
            plan.change(agreeing(change), true);
        } finally {
            changing.unlock();
        }
    }

    /**
     * The same, but HTTP exchanges under way keep the plan that they began with. A tcp connection takes the change on at once: it
     * has no exchanges, and one that lives for days would never meet the new plan.
     */
    public void changeGently(UnaryOperator<Plan> change) {
        changing.lock();
        try {
            changeWithOthers(agreeing(change), true);
        } finally {
            changing.unlock();
        }
    }

    /**
     * The same, as a part of a change of several proxies whose plans have been compared with each other; so they aren't compared
     * one by one. The lock of the fleet is held.
     */
    void changeWithOthers(UnaryOperator<Plan> change, boolean gently) {
        plan.change(checked(change), !gently || spec.protocol() == Protocol.TCP);
    }

    private UnaryOperator<Plan> agreeing(UnaryOperator<Plan> change) {
        UnaryOperator<Plan> checked = checked(change);
        return previous -> {
            Plan changed = checked.apply(previous);
            common.links().check(Map.of(name(), changed));
            return changed;
        };
    }

    private UnaryOperator<Plan> checked(UnaryOperator<Plan> change) {
        return previous -> {
            Plan changed = change.apply(previous);
            changed.checkFor(spec.protocol());
            return changed;
        };
    }

    /**
     * Waits until quiet connections have taken on the plan in force. Those that stand still with bytes in hand aren't waited
     * for: they meet it at their next byte.
     */
    public void settle(Duration atMost) {
        long end = common.time().nanoTime() + atMost.toNanos();
        settling.awaitUntil(
                () -> connections.stream()
                                .anyMatch(connection -> connection.host().isSettling())
                        ? end - common.time().nanoTime()
                        : 0,
                () -> true);
    }

    /** A direction of a connection has taken on another plan, or will never; or what a drain waits for has ended. */
    @Override
    public void settled() {
        settling.wake();
    }

    /** The version of the plan that is in force at this moment. */
    @Override
    public ActivePlan active() {
        return plan.current();
    }

    /** Makes waits of all connections look again. */
    void wake() {
        connections.forEach(Connection::changed);
    }

    /** The connections that are open at this moment. */
    public Collection<Connection> connections() {
        return List.copyOf(connections);
    }

    @Override
    public Traffic traffic() {
        return traffic;
    }

    @Override
    public ServerContext common() {
        return common;
    }

    /** Resets every open connection; new ones are accepted as before. */
    public void sever() {
        connections.forEach(connection -> connection.teardown().reset(EndCause.REQUESTED));
    }

    /** Switches it off for good. Doing it twice is fine. */
    @Override
    public void close() {
        changing.lock();
        try {
            ending = true;
            disable();
            plan.close();
            common.links().leave(plan);
        } finally {
            changing.unlock();
        }
        common.stalls().leave(plan);
        common.journal().keep(name(), Set.of());
    }

    /**
     * Graceful shutdown: accepts the clients that have connected by now, stops listening, lets what is under way go on for at
     * most this time, then closes. Idle http connections are closed at once, the others behind their next response, which says
     * so; those that are new have a moment for their first request.
     *
     * @throws InterruptedException if the calling thread is interrupted; the proxy is closed then as well
     */
    public void close(Duration drain) throws InterruptedException {
        long end = common.time().nanoTime() + drain.toNanos();
        stopForGood(drain);
        try {
            if (spec.protocol() == Protocol.HTTP) {
                endIdle(true);
                if (!settling.awaitUntil(() -> longest(end, ProxyServer::newFor), () -> true)) {
                    throw new InterruptedException();
                }
                endIdle(false);
            }
            if (!settling.awaitUntil(() -> longest(end, this::underWayFor), () -> true)) {
                throw new InterruptedException();
            }
        } finally {
            close();
        }
    }

    private void stopForGood(Duration drain) {
        Listener open;
        changing.lock();
        try {
            ending = true;
            open = listener;
        } finally {
            changing.unlock();
        }
        if (open != null) { // not under the lock, since it waits for the accept loop
            open.closeBehindQueue(drain.compareTo(LAST_ACCEPTS) < 0 ? drain : LAST_ACCEPTS);
        }
        changing.lock();
        try {
            stopListening();
        } finally {
            changing.unlock();
        }
    }

    private void endIdle(boolean exceptNew) {
        long now = common.time().nanoTime();
        connections.stream()
                .filter(connection -> connection.activity().isIdle() && !(exceptNew && newFor(connection, now) > 0))
                .forEach(connection -> connection.teardown().close(EndCause.PROXY_STOPPED));
    }

    /** Nanoseconds of the longest wait for a connection, and not beyond the end. */
    private long longest(long end, ToLongBiFunction<Connection, Long> wait) {
        long now = common.time().nanoTime();
        long longest = 0;
        for (Connection connection : connections) {
            longest = Math.max(longest, wait.applyAsLong(connection, now));
        }
        return Math.min(longest, end - now);
    }

    /** Nanoseconds in which the first request of a client that has just connected is still to be expected. */
    private static long newFor(Connection connection, long now) {
        boolean isNew = connection.activity().isIdle() && connection.counters().isUnused();
        return isNew ? QUIET - connection.counters().sinceLastMove(now) : 0;
    }

    /** An exchange and an orderly close announce their end; of a tcp connection only silence tells it. */
    private long underWayFor(Connection connection, long now) {
        if (connection.teardown().isLingering()) {
            return Waits.FOREVER;
        }
        return switch (spec.protocol()) {
            case HTTP -> connection.activity().isIdle() ? 0 : Waits.FOREVER;
            case TCP -> QUIET - connection.counters().sinceLastMove(now);
        };
    }

    /**
     * Waits until no thread of a closed proxy lives any more, and so no socket either.
     *
     * @return false if one still does after so long, such as one that waits for the system to resolve a name
     * @throws InterruptedException if the calling thread is interrupted
     */
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        boolean ended = crew.awaitEnd(atMost);
        ended &= common.resolver().awaitUnused(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        Poller.awaitEnd(Duration.ofNanos(Math.max(0, end - System.nanoTime()))); // if it was the last proxy
        return ended;
    }

    /** Logs if the proxy is to log as much. */
    @Override
    public void log(Options.Log needed, Level level, String message) {
        if (spec.options().log().compareTo(needed) >= 0) {
            log(level, message, null);
        }
    }

    private void log(Level level, String message, @Nullable Throwable thrown) {
        try {
            log.log(level, PlainText.escaped(message), thrown);
        } catch (RuntimeException | Error e) {
            // a logger that finds no descriptor or memory itself must not end what it was to report on
        }
    }

    @Override
    public PlanHolder planInForce() {
        return plan;
    }

    ThreadTracker crew() {
        return crew;
    }

    @Override
    public SharedLimiters links() {
        return links;
    }

    @Override
    public Dialer dialer() {
        return dialer;
    }

    @Override
    public void journal(Hit hit) {
        common.journal().enter(hit);
        common.events().publish(new Event.Struck(hit));
        if (spec.options().log().compareTo(Options.Log.HITS) >= 0) {
            log(
                    Level.INFO,
                    "#" + hit.connection() + (hit.exchange() > 0 ? "." + hit.exchange() : "") + " " + hit.request()
                            + " hit by " + hit.rule() + " " + hit.drawn(),
                    null);
        }
    }

    /** A rule has held something back for this long. */
    @Override
    public void delayed(Rule rule, long nanos) {
        common.events().publish(new Event.Delayed(name(), rule.fault().type(), nanos));
    }

    /** A defect of this program: it ends one connection and no other. */
    void failed(Connection connection, Throwable defect) {
        try {
            OutOfMemory.passOn(defect);
            log(
                    Level.ERROR,
                    "proxy " + name() + " #" + connection.number() + " from " + connection.peer() + " failed",
                    defect);
        } finally {
            connection.teardown().close(EndCause.DEFECT);
        }
    }

    /** What a connection needs of the proxy and of the listener that accepted it. */
    private final class Accepted implements ConnectionOwner<Connection> {
        private final Listener from;

        Accepted(Listener from) {
            this.from = from;
        }

        @Override
        public Thread start(Thread.Builder builder, Runnable task) {
            return crew.start(builder, task);
        }

        @Override
        public void failed(Connection connection, Throwable defect) {
            ProxyServer.this.failed(connection, defect);
        }

        @Override
        public void closed(Connection connection) {
            if (connections.remove(connection)) {
                settled();
                from.freed();
                EndCause cause = connection.teardown().cause();
                traffic.endedFor(cause);
                common.events().publish(new Event.Closed(connection.info(), cause));
            }
        }
    }

    /** Takes in a connection. Runs on the accept loop, so it never waits. */
    private void accepted(SocketChannel client, Listener from) throws IOException {
        Connection connection;
        try {
            connection = new Connection(this, new Accepted(from), traffic.acceptedNow(), client);
        } catch (IOException | RuntimeException | Error e) {
            Sockets.closeQuietly(client);
            throw e;
        }
        connections.add(connection);
        common.events().publish(new Event.Opened(connection.info()));
        if (active() != connection.subject().plan()) {
            connection.planChanged(active()); // nobody told it yet
        }
        if (!from.isOpen()) {
            connection
                    .teardown()
                    .close(EndCause.PROXY_STOPPED); // switched off while it was accepted; from here on it is among
            // those that
            // a drain sees
            return;
        }
        try {
            connection.spawn("up", () -> serve(connection));
        } catch (RuntimeException | Error e) {
            failed(connection, e);
        }
    }

    /** The life of one connection, on its own thread, which is the one that a logger may hold up. */
    private void serve(Connection connection) {
        log(connection, "accepted");
        try {
            relay(connection);
        } finally {
            connection.teardown().close(EndCause.COMPLETED);
            log(connection, "closed: " + connection.teardown().cause());
        }
    }

    private void log(Connection connection, String what) {
        log(Options.Log.CONNECTIONS, Level.INFO, "#" + connection.number() + " from " + connection.peer() + " " + what);
    }

    private void relay(Connection connection) {
        try {
            Admission.admit(connection.host(), connection.subject());
            connection.admitted();
            relay.serve(connection);
        } catch (IOException e) {
            try (Chunk chunk = new Chunk()) {
                Pump.end(connection, Direction.UP, chunk, e);
            }
        }
    }

    private void planChanged(ActivePlan changed) {
        common.links().adopt();
        links.adopt(changed);
        common.stalls().adopt(plan, changed);
        common.journal().keep(name(), changed.plan().names());
        connections.forEach(connection -> connection.planChanged(changed));
        common.events()
                .publish(new Event.Planned(
                        name(),
                        changed.version(),
                        changed.plan().rules().stream().map(Rule::name).toList()));
    }

    /** Releases clients that have left while a rule holds them; one look at each connection, and nothing without rules. */
    private void watchClients(Listener whileOpen) {
        ByteBuffer scratch = ByteBuffer.allocate(16 * 1024);
        while (whileOpen.pause(LOOK)) {
            if (!active().inForce().isEmpty()) {
                connections.forEach(connection -> connection.held().releaseIfLeft(scratch));
                releaseTorn();
            }
        }
    }

    private void releaseTorn() {
        List<HeldClient> full = connections.stream()
                .map(Connection::held)
                .filter(HeldClient::needsSelector)
                .toList();
        if (!full.isEmpty()) {
            try (Selector selector = Selector.open()) {
                full.forEach(client -> client.releaseIfTorn(selector));
            } catch (IOException e) {
                // no descriptor is left; the next look may find one
            }
        }
    }

    private void closeIdle(Listener whileOpen, Duration timeout) {
        long limit = timeout.toNanos();
        while (whileOpen.pause(limit / 4) && options().idleTimeout().equals(timeout)) {
            long now = common.time().nanoTime();
            for (Connection connection : connections) {
                if (connection.counters().idle(now) >= limit) {
                    connection.teardown().close(EndCause.IDLE_TIMEOUT);
                }
            }
        }
    }
}
