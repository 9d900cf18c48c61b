package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.net.Dialer;
import io.chaosproxy.net.SocketTransport;
import io.chaosproxy.net.Sockets;
import io.chaosproxy.net.Transport;
import io.chaosproxy.net.UpstreamUnreachableException;
import io.chaosproxy.tls.TlsClient;
import io.chaosproxy.tls.TlsTransport;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
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
    private final ConnectionSockets sockets;
    private final ConnectionTeardown teardown;
    private final Waits waits;
    private final Function<Transport, TransportSink> sinks;
    private final Consumer<SocketPair> connected;
    private final FaultPipeline up;
    private final BiConsumer<String, Runnable> spawn;
    private volatile @Nullable SocketPair wire;
    private boolean dialled; // guarded by the lock, as the next
    private Optional<String> chosen = Optional.empty(); // by ALPN

    /**
     * Not dialled yet.
     *
     * @param client who it is for
     * @param sinks makes the sink into the connected transport
     * @param connected told the connected socket
     * @param up the pipeline that leads into that sink from then on
     * @param spawn starts a thread of the connection with this role
     */
    UpstreamDial(
            ProxyContext proxy,
            ConnectionFacts facts,
            ClientAddress client,
            ConnectionSockets sockets,
            ConnectionTeardown teardown,
            Waits waits,
            Function<Transport, TransportSink> sinks,
            Consumer<SocketPair> connected,
            FaultPipeline up,
            BiConsumer<String, Runnable> spawn) {
        this.proxy = proxy;
        this.facts = facts;
        this.client = client;
        this.sockets = sockets;
        this.teardown = teardown;
        this.waits = waits;
        this.sinks = sinks;
        this.connected = connected;
        this.up = up;
        this.spawn = spawn;
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
                chosen = connect(protocols);
                dialled = true;
            }
            return chosen;
        } finally {
            dialling.unlock();
        }
    }

    private Optional<String> connect(List<String> protocols) throws IOException {
        try {
            SocketTransport socket = proxy.dialer().dial(this);
            wire = new SocketPair(socket.localAddress(), socket.remoteAddress());
            connected.accept(wire);
            announce(socket);
            Transport transport = secured(socket, protocols);
            TransportSink sink = sinks.apply(transport);
            sockets.connected(sink);
            up.lead(sink);
            return transport instanceof TlsTransport tls && !tls.protocol().isEmpty()
                    ? Optional.of(tls.protocol())
                    : Optional.empty();
        } catch (UpstreamUnreachableException e) {
            if (!isOpen()) {
                throw new IOException("closed while it was dialled", e);
            }
            proxy.traffic().dialFailed();
            proxy.log(Options.Log.WARNINGS, Level.WARNING, e.getMessage() + ", client " + client.client());
            throw e;
        }
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

    private Transport secured(Transport socket, List<String> protocols) throws IOException {
        Optional<TlsClient> client = proxy.tls().client();
        if (client.isEmpty()) {
            return socket;
        }
        Address to = proxy.settings().upstream();
        TlsTransport transport = new TlsTransport(socket, client.get().engine(to.host(), to.port(), protocols));
        sockets.dialling(transport);
        try {
            transport.handshake(proxy.options().connectTimeout());
            return transport;
        } catch (IOException e) {
            Sockets.closeQuietly(transport);
            throw proxy.dialer().unreachable(e);
        }
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
        long begun = System.nanoTime();
        waits.awaitUntil(
                () -> condition.getAsBoolean() ? 0 : atMost.toNanos() - (System.nanoTime() - begun), this::isOpen);
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
        spawn.accept(role, task);
    }
}
