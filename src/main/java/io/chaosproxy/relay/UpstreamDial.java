package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.Target;
import io.chaosproxy.inject.Trace;
import io.chaosproxy.net.Dialer;
import io.chaosproxy.net.SocketTransport;
import io.chaosproxy.net.Sockets;
import io.chaosproxy.net.Transport;
import io.chaosproxy.net.UpstreamUnreachableException;
import io.chaosproxy.observe.HandshakeKind;
import io.chaosproxy.tls.TlsClient;
import io.chaosproxy.tls.TlsTransport;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Connects one connection to the upstream, once: whichever of its threads comes later waits for the attempt of the one before. The
 * dialer's threads call back.
 */
public final class UpstreamDial implements Dialer.Caller {
    private static final List<String> HTTP = List.of("http/1.1");

    private final ReentrantLock dialling = new ReentrantLock();
    private final ProxyContext proxy;
    private final ConnectionFacts facts;
    private final ClientAddress client;
    private final Target target;
    private final ConnectionSockets sockets;
    private final ConnectionTasks tasks;
    private final Function<Transport, TransportSink> sinks;
    private final Consumer<SocketPair> connected;
    private final Consumer<SocketPair> disconnected;
    private final FaultPipeline up;
    private volatile @Nullable SocketPair wire;
    private boolean dialled; // guarded by the lock, as the next
    private Optional<String> chosen = Optional.empty(); // by ALPN
    private Optional<Layer> layer = Optional.empty(); // TLS, to be negotiated before the first byte
    private @Nullable UpstreamUnreachableException failed; // to negotiate it

    /**
     * TLS with a connected upstream.
     *
     * @param name that its certificate has to be for
     * @param protocols offered by ALPN
     */
    private record Layer(TlsClient client, String name, int port, List<String> protocols) {}

    /**
     * Not dialled yet.
     *
     * @param client who it is for
     * @param target the connection
     * @param sinks makes the sink into the connected transport
     * @param connected told the connected socket
     * @param disconnected told a socket that is left for another one
     * @param up the pipeline that leads into that sink from then on
     */
    UpstreamDial(
            ProxyContext proxy,
            ConnectionFacts facts,
            ClientAddress client,
            Target target,
            ConnectionSockets sockets,
            ConnectionTasks tasks,
            Function<Transport, TransportSink> sinks,
            Consumer<SocketPair> connected,
            Consumer<SocketPair> disconnected,
            FaultPipeline up) {
        this.proxy = proxy;
        this.facts = facts;
        this.client = client;
        this.target = target;
        this.sockets = sockets;
        this.tasks = tasks;
        this.sinks = sinks;
        this.connected = connected;
        this.disconnected = disconnected;
        this.up = up;
    }

    /**
     * Connects; from now on the pipeline of the way up leads to the upstream.
     *
     * @throws UpstreamUnreachableException if it can't be reached
     */
    public void dial() throws IOException {
        dial(facts.protocol() == Protocol.HTTP ? HTTP : List.of());
    }

    /**
     * Connects to the target that the client of a forward proxy has named, if that is permitted; from now on the pipeline of the way
     * up leads there.
     *
     * @throws UpstreamUnreachableException if it can't be reached, or is not permitted
     */
    public void dial(Address target) throws IOException {
        dialling.lock();
        try {
            facts.target(target);
            TargetPolicy policy = new TargetPolicy(proxy.options().forward());
            Optional<String> refusal = policy.refusal(target);
            if (refusal.isPresent()) {
                throw reported(proxy.dialer().notPermitted(target.unresolved(), refusal.get()));
            }
            connect(target, address -> policy.refusal(target, address), List.of());
            dialled = true;
        } finally {
            dialling.unlock();
        }
    }

    /**
     * The upstream, which is connected, is to be spoken to by TLS: the next {@link #dial()} negotiates that.
     *
     * @param name that its certificate has to be for
     * @param protocols offered by ALPN
     */
    void secure(TlsClient client, String name, List<String> protocols) {
        dialling.lock();
        try {
            int port = facts.target().orElseThrow().port();
            layer = Optional.of(new Layer(client, name, port, protocols));
        } finally {
            dialling.unlock();
        }
    }

    /** Disconnects from the upstream, so that another one can be dialled. Nothing is under way to it or from it. */
    public void leave() {
        dialling.lock();
        try {
            dialled = false;
            sockets.closeUpstream();
            SocketPair left = wire;
            if (left != null) {
                wire = null;
                disconnected.accept(left);
            }
        } finally {
            dialling.unlock();
        }
    }

    /**
     * Connects unless it is connected, by TLS if the upstream asks for it.
     *
     * @param protocols offered by ALPN then
     * @return what the upstream chose of them
     * @throws UpstreamUnreachableException if it can't be reached, or does not agree
     */
    Optional<String> dial(List<String> protocols) throws IOException {
        dialling.lock();
        try {
            if (!dialled) {
                chosen = connect(proxy.settings().upstream().orElseThrow(), any -> Optional.empty(), protocols);
                dialled = true;
            }
            if (layer.isPresent()) {
                chosen = secured(layer.get());
            }
            return chosen;
        } finally {
            dialling.unlock();
        }
    }

    private Optional<String> connect(Address to, Dialer.Guard guard, List<String> protocols) throws IOException {
        record(Trace.Moment.DIALLING);
        try {
            SocketTransport socket = proxy.dialer().dial(to.unresolved(), guard, this);
            wire = new SocketPair(socket.localAddress(), socket.remoteAddress());
            connected.accept(wire);
            announce(socket);
            Optional<String> agreed = lead(socket, to, protocols);
            record(Trace.Moment.CONNECTED);
            return agreed;
        } catch (UpstreamUnreachableException e) {
            throw reported(e);
        }
    }

    /** Leads to the upstream, by TLS if it asks for that; returns what was chosen by ALPN. */
    private Optional<String> lead(SocketTransport socket, Address to, List<String> protocols) throws IOException {
        Optional<TlsClient> tls = proxy.tls().client();
        if (tls.isPresent()) {
            return secured(socket, new Layer(tls.get(), to.host(), to.port(), protocols), to, "server-name");
        }
        leadTo(socket);
        return Optional.empty();
    }

    private void record(Trace.Moment moment) {
        Trace record = target.trace();
        if (record != null) {
            record.is(moment);
        }
    }

    /** Negotiates TLS with the connected upstream, once. */
    private Optional<String> secured(Layer with) throws IOException {
        UpstreamUnreachableException before = failed;
        if (before != null) {
            throw before;
        }
        try {
            Transport socket = Objects.requireNonNull(sockets.upstream());
            Optional<String> agreed = secured(socket, with, facts.target().orElseThrow(), "except of intercept");
            layer = Optional.empty();
            return agreed;
        } catch (UpstreamUnreachableException e) {
            failed = e;
            throw reported(e);
        }
    }

    /** From now on the pipeline of the way up leads there. */
    private void leadTo(Transport transport) {
        TransportSink sink = sinks.apply(transport);
        sockets.connected(sink);
        up.lead(sink);
    }

    private IOException reported(UpstreamUnreachableException e) {
        if (!isOpen()) {
            return new IOException("closed while it was dialled", e);
        }
        proxy.traffic().dialFailed();
        proxy.log(Options.Log.WARNINGS, Level.WARNING, e.getMessage() + ", client " + client.client());
        return e;
    }

    /** The address of the connected socket at this machine. */
    public Optional<InetSocketAddress> localAddress() {
        return Optional.ofNullable(wire).map(pair -> (InetSocketAddress) pair.from());
    }

    /** The connected socket; null until there is one. */
    @Nullable
    SocketPair wire() {
        return wire;
    }

    /** Says who the client is, if the upstream is to be told. */
    private void announce(Transport socket) throws IOException {
        ByteBuffer header = client.header(proxy.options().proxyProtocol().send());
        while (header.hasRemaining()) {
            socket.write(header, () -> true);
        }
    }

    /**
     * Negotiates TLS with the connected upstream, and leads there; returns what was chosen by ALPN.
     *
     * @param remedy setting that helps if no certificate can be checked for the name
     */
    private Optional<String> secured(Transport socket, Layer with, Address to, String remedy) throws IOException {
        SSLEngine engine = with.client().engine(with.name(), with.port(), with.protocols());
        TlsTransport transport = new TlsTransport(socket, engine);
        sockets.dialling(transport);
        try {
            Handshake.run(
                    proxy,
                    facts,
                    HandshakeKind.Side.UPSTREAM,
                    transport,
                    proxy.options().connectTimeout());
        } catch (IOException e) {
            Sockets.closeQuietly(transport);
            throw proxy.dialer().unreachable(to.unresolved(), explained(with, remedy, e));
        }
        leadTo(transport);
        return transport.protocol().isEmpty() ? Optional.empty() : Optional.of(transport.protocol());
    }

    /** The JDK tells neither the reason nor the remedy when it can't check a certificate for a name. */
    private static IOException explained(Layer with, String remedy, IOException failure) {
        Optional<String> name = with.client().uncheckable(with.name());
        if (name.isEmpty() || !(failure instanceof SSLException)) {
            return failure;
        }
        return new SSLException(
                "Java can't check a certificate for the host " + name.get() + ", which is no valid name: set " + remedy
                        + ", or insecure = true",
                failure);
    }

    /** A closed connection doesn't wait for a socket that is about to connect. */
    @Override
    public void trying(Transport transport) {
        sockets.dialling(transport);
        if (!isOpen()) {
            Sockets.closeQuietly(transport);
        }
    }

    @Override
    public void await(BooleanSupplier condition, Duration atMost) {
        tasks.await(condition, atMost);
    }

    @Override
    public void changed() {
        tasks.changed();
    }

    @Override
    public boolean isOpen() {
        return tasks.isOpen();
    }

    @Override
    public void spawn(String role, Runnable task) {
        tasks.spawn(role, task);
    }
}
