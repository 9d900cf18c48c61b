package io.chaosproxy.relay;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Drawn;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.flow.Severed;
import io.chaosproxy.flow.Waits;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A running proxy: it listens, serves each connection on virtual threads, and keeps the plan in force.
 *
 * <p>Any thread may call any method; none of them waits for traffic, but {@link #close(Duration)}, for as long as it is
 * told.
 */
public final class Proxy implements AutoCloseable {
    /** How soon the accept loop tries again when it can't accept, mostly for want of descriptors. */
    private static final long RETRY = Duration.ofMillis(50).toNanos();

    /** A tcp connection on which nothing moved for so long isn't waited for at a shutdown. */
    private static final long QUIET = Duration.ofMillis(500).toNanos();

    private final ProxySpec spec;
    private final Common common;
    private final Relay relay;
    private final System.Logger log;
    private final PlanInForce plan;
    private final Links links;
    private final Dialer dialer;
    private final Traffic traffic = new Traffic();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Semaphore slots;
    private final Waits waits;
    private final ServerSocketChannel server;
    private volatile boolean open = true;

    private Proxy(ProxySpec spec, Common common, Relay relay, ServerSocketChannel server) {
        this.spec = spec;
        this.common = common;
        this.relay = relay;
        this.server = server;
        this.log = System.getLogger("io.chaosproxy." + spec.name());
        this.links = new Links(Rate.Shared.PROXY, common.time(), common.seed(), spec.name());
        this.dialer = new Dialer(spec.name(), spec.upstream(), spec.options().connectTimeout());
        this.slots = new Semaphore(spec.options().maxConnections());
        this.waits = new Waits(common.time());
        this.plan = new PlanInForce(spec.name(), spec.plan(), common.seed(), common.time(), this::planChanged);
    }

    /**
     * Starts listening; from the return of this on, connections are accepted.
     *
     * @throws IOException naming proxy and address if it can't listen there
     */
    public static Proxy start(ProxySpec spec, Common common, Relay relay) throws IOException {
        // Log lines carry the time of day, and a JDK that can't open its time zones once never tries again.
        TimeZone.getDefault().toZoneId();
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.bind(local(spec.listen()), spec.options().backlog());
        } catch (IOException | RuntimeException e) {
            server.close();
            throw new IOException(
                    "proxy " + spec.name() + " can't listen on " + spec.listen() + ": " + e.getMessage(), e);
        }
        Proxy proxy = new Proxy(spec, common, relay, server);
        Thread.ofVirtual().name(spec.name() + " accept").start(proxy::accept);
        if (!spec.options().idleTimeout().isZero()) {
            Thread.ofVirtual().name(spec.name() + " idle").start(proxy::closeIdle);
        }
        return proxy;
    }

    private static InetSocketAddress local(Address listen) {
        return listen.host().isEmpty()
                ? new InetSocketAddress(listen.port())
                : new InetSocketAddress(listen.host(), listen.port());
    }

    public ProxySpec spec() {
        return spec;
    }

    public String name() {
        return spec.name();
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.socket().getLocalSocketAddress();
    }

    public Plan plan() {
        return plan.current().plan();
    }

    /**
     * Puts another plan in force, for what is under way, too. Returns at once; open connections take it on within
     * milliseconds.
     *
     * @throws io.chaosproxy.fault.Refused if this proxy can't carry it out; then nothing has changed
     */
    public void plan(Plan other) {
        change(previous -> other);
    }

    /** The same, as a change of the plan in force that nobody else's change gets between. */
    public void change(UnaryOperator<Plan> change) {
        plan.change(checked(change), true);
    }

    /** The same, but HTTP exchanges under way keep the plan that they began with. */
    public void changeGently(UnaryOperator<Plan> change) {
        plan.change(checked(change), spec.protocol() == Protocol.TCP);
    }

    private UnaryOperator<Plan> checked(UnaryOperator<Plan> change) {
        return previous -> {
            Plan changed = change.apply(previous);
            changed.checkFor(spec.protocol());
            return changed;
        };
    }

    /** The version of the plan that is in force at this moment. */
    public ActivePlan active() {
        return plan.current();
    }

    /** The connections that are open at this moment. */
    public Collection<Connection> connections() {
        return List.copyOf(connections);
    }

    public Traffic traffic() {
        return traffic;
    }

    public Common common() {
        return common;
    }

    /** Resets every open connection; new ones are accepted as before. */
    public void sever() {
        connections.forEach(Connection::reset);
    }

    /** Stops listening and closes every connection at once. */
    @Override
    public void close() {
        open = false;
        Connection.closeQuietly(server);
        slots.release();
        plan.close();
        waits.wake();
        connections.forEach(Connection::close);
    }

    /**
     * Stops listening, lets what is under way go on for so long, then closes.
     *
     * @throws InterruptedException if the calling thread is interrupted; the proxy is closed then as well
     */
    public void close(Duration drain) throws InterruptedException {
        open = false;
        Connection.closeQuietly(server);
        slots.release();
        try {
            long end = System.nanoTime() + drain.toNanos();
            while (connections.stream().anyMatch(this::isUnderWay) && System.nanoTime() < end) {
                Thread.sleep(10);
            }
        } finally {
            close();
        }
    }

    private boolean isUnderWay(Connection connection) {
        return spec.protocol() == Protocol.HTTP
                ? connection.isBusy()
                : !connection.idleFor(QUIET, common.time().nanoTime());
    }

    /** Logs if the proxy is to log as much. */
    public void log(Options.Log needed, Level level, String message) {
        if (spec.options().log().compareTo(needed) >= 0) {
            log(level, message, null);
        }
    }

    private void log(Level level, String message, @Nullable Throwable thrown) {
        try {
            log.log(level, message, thrown);
        } catch (RuntimeException | Error e) {
            // a logger that finds no descriptor or memory itself must not end what it was to report on
        }
    }

    Links links() {
        return links;
    }

    Dialer dialer() {
        return dialer;
    }

    void journal(Hit hit) {
        common.journal().enter(hit);
        if (spec.options().log().compareTo(Options.Log.HITS) >= 0) {
            log(
                    Level.INFO,
                    "#" + hit.connection() + (hit.exchange() > 0 ? "." + hit.exchange() : "") + " " + hit.request()
                            + " hit by " + hit.rule() + " " + hit.drawn(),
                    null);
        }
    }

    /** A defect of this program: it ends one connection and no other. */
    void failed(Connection connection, Throwable defect) {
        log(
                Level.ERROR,
                "proxy " + name() + " #" + connection.number() + " from " + connection.peer() + " failed",
                defect);
        connection.close();
    }

    void closed(Connection connection) {
        if (connections.remove(connection)) {
            slots.release();
            log(
                    Options.Log.CONNECTIONS,
                    Level.INFO,
                    "#" + connection.number() + " from " + connection.peer() + " closed");
        }
    }

    /** The accept loop: nothing but the end of the proxy ends it. */
    private void accept() {
        boolean troubled = false;
        while (open) {
            try {
                slots.acquire(); // more connections than allowed wait in the backlog of the kernel
                boolean taken = false;
                try {
                    SocketChannel client = server.accept();
                    troubled = false;
                    taken = begin(client);
                } finally {
                    if (!taken) {
                        slots.release();
                    }
                }
            } catch (IOException | InterruptedException | RuntimeException | Error e) {
                if (open && !troubled) {
                    troubled = true; // said once, not twenty times a second
                    log(
                            Options.Log.WARNINGS,
                            Level.WARNING,
                            "proxy " + name() + " can't accept connections and tries again: " + e.getMessage());
                }
                pauseWhile(RETRY, () -> open);
            }
        }
    }

    private boolean begin(SocketChannel client) throws IOException {
        try {
            Connection connection = new Connection(this, traffic.acceptedNow(), client);
            connections.add(connection);
            log(
                    Options.Log.CONNECTIONS,
                    Level.INFO,
                    "#" + connection.number() + " from " + connection.peer() + " accepted");
            connection.spawn("up", () -> serve(connection));
            if (!open) {
                connection.close(); // the proxy was closed while it was accepted
            }
            return true;
        } catch (IOException | RuntimeException | Error e) {
            Connection.closeQuietly(client);
            throw e;
        }
    }

    /** The life of one connection, on its own thread. */
    private void serve(Connection connection) {
        try {
            admit(connection);
            relay.serve(connection);
            if (!connection.isLingering()) {
                connection.close();
            }
        } catch (Unreachable e) {
            log(Options.Log.WARNINGS, Level.WARNING, e.getMessage() + ", client " + connection.peer());
            connection.close();
        } catch (IOException e) {
            connection.end(e);
        }
    }

    /** Carries out the faults of the connection itself. */
    private void admit(Connection connection) throws IOException {
        for (ActiveRule active : active().inForce()) {
            Fault fault = active.rule().fault();
            if (fault instanceof Refuse refuse && connection.subject().hitBy(active)) {
                refuse(connection, active, refuse);
            } else if (fault instanceof Reset reset
                    && reset.at() == Reset.At.ACCEPT
                    && connection.subject().hitBy(active)
                    && connection.pause(reset.delay(), active)) {
                connection.hit(connection.subject(), active.rule(), Drawn.NOTHING);
                throw Severed.reset(active.rule().name());
            }
        }
    }

    private void refuse(Connection connection, ActiveRule active, Refuse refuse) throws IOException {
        if (!connection.pause(refuse.delay(), active)) {
            return;
        }
        connection.hit(connection.subject(), active.rule(), Drawn.NOTHING);
        switch (refuse.how()) {
            case RESET -> throw Severed.reset(active.rule().name());
            case CLOSE -> throw Severed.close(active.rule().name());
            case HANG -> connection.hang(active);
        }
    }

    private void planChanged(ActivePlan changed) {
        common.links().adopt(changed);
        links.adopt(changed);
        connections.forEach(connection -> connection.planChanged(changed));
    }

    private void closeIdle() {
        long limit = spec.options().idleTimeout().toNanos();
        while (pauseWhile(limit / 4, () -> open)) {
            long now = common.time().nanoTime();
            for (Connection connection : connections) {
                if (connection.idleFor(limit, now)) {
                    connection.close();
                }
            }
        }
    }

    private boolean pauseWhile(long nanos, BooleanSupplier wanted) {
        return waits.pause(nanos, wanted);
    }
}
