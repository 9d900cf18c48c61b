package io.chaosproxy.relay;

import io.chaosproxy.config.Options;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.net.Dialer;
import io.chaosproxy.net.SocketTransport;
import io.chaosproxy.net.Sockets;
import io.chaosproxy.net.Transport;
import io.chaosproxy.net.UpstreamUnreachableException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Connects one connection to the upstream. Confined to the connection's thread; the dialer's threads call back. */
public final class UpstreamDial implements Dialer.Caller {
    private final ProxyContext proxy;
    private final InetSocketAddress client;
    private final ConnectionSockets sockets;
    private final ConnectionTeardown teardown;
    private final Waits waits;
    private final Function<Transport, TransportSink> sinks;
    private final Consumer<ProxyChains.Wire> connected;
    private final FaultPipeline up;
    private final BiConsumer<String, Runnable> spawn;
    private volatile ProxyChains.@Nullable Wire wire;

    /**
     * Not dialled yet.
     *
     * @param client address for the log
     * @param sinks makes the sink into the connected transport
     * @param connected told the connected socket
     * @param up the pipeline that leads into that sink from then on
     * @param spawn starts a thread of the connection with this role
     */
    UpstreamDial(
            ProxyContext proxy,
            InetSocketAddress client,
            ConnectionSockets sockets,
            ConnectionTeardown teardown,
            Waits waits,
            Function<Transport, TransportSink> sinks,
            Consumer<ProxyChains.Wire> connected,
            FaultPipeline up,
            BiConsumer<String, Runnable> spawn) {
        this.proxy = proxy;
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
        try {
            SocketTransport upstream = proxy.dialer().dial(this);
            wire = new ProxyChains.Wire(upstream.localAddress(), upstream.remoteAddress());
            connected.accept(wire);
            TransportSink sink = sinks.apply(upstream);
            sockets.connected(sink);
            up.lead(sink);
        } catch (UpstreamUnreachableException e) {
            if (!isOpen()) {
                throw new IOException("closed while it was dialled", e);
            }
            proxy.traffic().dialFailed();
            proxy.log(Options.Log.WARNINGS, Level.WARNING, e.getMessage() + ", client " + client);
            throw e;
        }
    }

    /** The connected socket; null until there is one. */
    ProxyChains.@Nullable Wire wire() {
        return wire;
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
