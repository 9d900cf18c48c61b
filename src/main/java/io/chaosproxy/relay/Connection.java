package io.chaosproxy.relay;

import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.HitRecorder;
import io.chaosproxy.inject.Target;
import io.chaosproxy.net.SocketTransport;
import io.chaosproxy.net.Transport;
import io.chaosproxy.observe.ConnectionInfo;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One accepted client connection and its upstream twin: its identity and its parts.
 *
 * <p>Made by the accept loop, served by a {@link ProtocolHandler} on a thread of its own. Any thread may end it.
 */
public final class Connection {
    /**
     * Time without a move after which a write counts as one that waits for its receiver. A write of the JDK does not tell that it waits; a shorter
     * one may have handed on its bytes already, and the receiver may end the connection before it returns.
     */
    private static final long WAITING_WRITE = Duration.ofMillis(100).toNanos();

    private final ProxyContext proxy;
    private final ConnectionOwner<Connection> owner;
    private final long number;
    private final Waits waits;
    private final ConnectionFacts facts;
    private final Target target;
    private final ConnectionSockets sockets;
    private final ConnectionCounters counters;
    private final ConnectionTeardown teardown;
    private final ConnectionHost host;
    private final HeldClient held;
    private final ConnectionPipelines pipelines;
    private final UpstreamDial upstream;
    private final ConnectionReader reader;
    private final ExchangeActivity activity;
    private final ConnectionSetup setup;

    Connection(ProxyContext proxy, ConnectionOwner<Connection> owner, long number, SocketChannel client)
            throws IOException {
        this.proxy = proxy;
        this.owner = owner;
        this.number = number;
        ClientAddress address = ClientAddress.of(client); // fails for a client that has gone
        this.waits = new Waits(proxy.common().time());
        this.target = Target.connection(number, address.client().getAddress(), proxy.active());
        proxy.settings().upstream().ifPresent(target::goesTo);
        target.record(proxy.common().traces().begin(proxy.name(), target));
        this.facts = new ConnectionFacts(proxy.protocol(), target, proxy.traffic());
        this.counters = new ConnectionCounters(proxy.common().time(), proxy.traffic());
        Transport transport = SocketTransport.over(client);
        this.sockets = new ConnectionSockets(transport, counters.sink(transport, Direction.DOWN, this::pipeline));
        this.teardown = new ConnectionTeardown(
                sockets,
                this::pipeline,
                waits,
                proxy.common().time(),
                this::spawn,
                proxy::settled,
                () -> owner.closed(this));
        this.host = new ConnectionHost(proxy, facts, target, waits, teardown, counters, this::pipeline, this::spawn);
        this.held = new HeldClient(transport, teardown, proxy.common().time(), host::hold, this::spawn);
        this.pipelines = new ConnectionPipelines(host, target);
        ConnectionTasks tasks = new ConnectionTasks(waits, teardown::isOpen, this::spawn);
        this.upstream = new UpstreamDial(
                proxy,
                facts,
                address,
                target,
                sockets,
                tasks,
                dialled -> counters.sink(dialled, Direction.UP, this::pipeline),
                pair -> owner.dialled(this, pair),
                pair -> owner.left(this, pair),
                pipelines.of(Direction.UP));
        this.reader = new ConnectionReader(
                proxy, sockets, teardown, waits, target.plan().version());
        this.activity = new ExchangeActivity(proxy);
        this.setup = new ConnectionSetup(
                proxy, facts, address, sockets, upstream, teardown, host, pipelines, tasks, this::warn);
        pipelines.of(Direction.DOWN).lead(sockets.toClient());
    }

    /** The proxy that accepted it. */
    public ProxyContext proxy() {
        return proxy;
    }

    /** Its number on the proxy, counted from 1. */
    public long number() {
        return number;
    }

    /** The client's address; another one once a PROXY protocol header has named it. */
    public InetSocketAddress peer() {
        return setup.address().client();
    }

    /** Facts about it besides its traffic. */
    public ConnectionFacts facts() {
        return facts;
    }

    /** The connection as something that rules hit. */
    public Target target() {
        return target;
    }

    /** Where the bytes of a direction go, through all faults. */
    public FaultPipeline pipeline(Direction direction) {
        return pipelines.of(direction);
    }

    /** How it ends. */
    public ConnectionTeardown teardown() {
        return teardown;
    }

    /** Whether a quiet direction is about to adopt the plan in force. */
    boolean isSettling() {
        return host.isSettling();
    }

    /** Its bytes and times. */
    public ConnectionCounters counters() {
        return counters;
    }

    /** Whether bytes are on their way through that neither end has, other than those that a rule swallowed. */
    boolean holdsBytes() {
        return pipeline(Direction.DOWN).holdsBytes()
                || pipeline(Direction.UP).holdsBytes()
                || sockets.holdsPiped()
                || (sockets.isWriting()
                        && counters.sinceLastMove(proxy.common().time().nanoTime()) >= WAITING_WRITE);
    }

    /** Whether bytes are being written to one of its ends at this moment. */
    boolean isHandingOn() {
        return pipeline(Direction.DOWN).isHandingOn() || pipeline(Direction.UP).isHandingOn();
    }

    /** Notices that its client has left while a rule holds it. */
    HeldClient held() {
        return held;
    }

    /** Steps before its bytes are relayed. */
    public ConnectionSetup setup() {
        return setup;
    }

    /** Connects to the upstream. */
    public UpstreamDial upstream() {
        return upstream;
    }

    /** Reads from its ends. */
    public ConnectionReader reader() {
        return reader;
    }

    /** Whether exchanges are under way on it. */
    public ExchangeActivity activity() {
        return activity;
    }

    /** Waits until another thread of this connection brings the condition about; false if the connection ended before. */
    public boolean await(BooleanSupplier so) {
        return waits.awaitUntil(() -> so.getAsBoolean() ? 0 : Waits.FOREVER, teardown::isOpen);
    }

    /** Makes the threads that {@link #await} something look again. */
    public void changed() {
        waits.wake();
    }

    /** Starts another virtual thread of this connection, named after proxy, number and role. */
    public Thread spawn(String role, Runnable task) {
        return owner.spawn(this, threadName(role), task);
    }

    /** Starts a platform thread of this connection, for work that does not wait and would keep a carrier. */
    Thread startPlatform(String role, Runnable task) {
        return owner.start(Thread.ofPlatform().daemon().name(threadName(role)), task);
    }

    private String threadName(String role) {
        return proxy.name() + " #" + number + " " + role;
    }

    /** Logs what a person may have to look at, with the names of the proxy and the client. */
    public void warn(@Nullable String what) {
        proxy.log(Options.Log.WARNINGS, Level.WARNING, logName() + ": " + what);
    }

    /** How lines of the log name the connection: numbers are unique within a proxy alone. */
    String logName() {
        return "proxy " + proxy.name() + " #" + number + " from " + peer();
    }

    /** Its state at this moment. */
    public ConnectionInfo info() {
        return counters.info(proxy.name(), target, peer(), waits.count(), pipelines, facts);
    }

    /** Counts and enters what rules do to the connection or one of its exchanges. */
    public HitRecorder hits() {
        return host;
    }

    /** The plan changed: waits look again, quiet directions adopt it now, the others at their next byte. */
    void planChanged(ActivePlan plan) {
        target.forgetAllBut(plan);
        host.planChanged(plan);
        waits.wake();
        sockets.wakeWriters();
        pipelines.adoptIfQuiet(this::spawn);
    }
}
