package io.chaosproxy.relay;

import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.fault.ConnectionAbort;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.Target;
import io.chaosproxy.inject.TlsNegotiation;
import io.chaosproxy.net.Transport;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.tls.ClientHello;
import io.chaosproxy.tls.FirstRecord;
import io.chaosproxy.tls.ListenerServer;
import io.chaosproxy.tls.TlsTransport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** Negotiates TLS with the client of one connection, before its first byte is relayed. Confined to the connection's thread. */
final class ClientTls {
    /** How long a client may take for its ClientHello, and again for the rest of the handshake. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final List<String> HTTP = List.of("http/1.1");

    private final ProxyContext proxy;
    private final ConnectionSockets sockets;
    private final UpstreamDial upstream;
    private final ConnectionTeardown teardown;
    private final TlsNegotiation.Host host;
    private final Waits waits;
    private final BiConsumer<String, Runnable> spawn;
    private final Consumer<String> warn;

    ClientTls(
            ProxyContext proxy,
            ConnectionSockets sockets,
            UpstreamDial upstream,
            ConnectionTeardown teardown,
            TlsNegotiation.Host host,
            Waits waits,
            BiConsumer<String, Runnable> spawn,
            Consumer<String> warn) {
        this.proxy = proxy;
        this.sockets = sockets;
        this.upstream = upstream;
        this.teardown = teardown;
        this.host = host;
        this.waits = waits;
        this.spawn = spawn;
        this.warn = warn;
    }

    /**
     * Negotiates, if the listener terminates TLS.
     *
     * @throws ConnectionAbort if a rule ends the connection
     * @throws IOException if the two don't agree, or the client takes too long; the connection is closed then
     */
    void negotiate(Target connection) throws IOException {
        Optional<ListenerServer> server = proxy.tls().server();
        if (server.isEmpty()) {
            return;
        }
        Transport client = sockets.client();
        ByteBuffer first = peek(client);
        if (!(ClientHello.parse(first) instanceof ClientHello.Result.Found found)) {
            throw refused("the client does not speak TLS");
        }
        ClientHello hello = found.hello();
        TlsNegotiation.at(TlsFault.Stage.HELLO, host, connection);
        List<String> protocols = protocols(hello);
        TlsNegotiation effect = TlsNegotiation.at(TlsFault.Stage.HANDSHAKE, host, connection);
        SSLEngine engine = server.get().engine(hello.serverName(), protocols, effect.certificate());
        if (effect.reset().isPresent()) {
            client.write(FirstRecord.of(engine, first), () -> true);
            throw ConnectionAbort.reset(effect.reset().get());
        }
        TlsTransport transport = new TlsTransport(client, engine);
        try {
            transport.handshake(PATIENCE);
        } catch (SSLException e) {
            throw refused("TLS handshake failed: " + e.getMessage());
        }
        sockets.secured(transport);
    }

    private IOException refused(String reason) {
        warn.accept(reason);
        teardown.close(EndCause.PROTOCOL_ERROR);
        return new IOException(reason);
    }

    /** What the listener offers by ALPN. With TLS on both sides of a tcp proxy the upstream chooses from what the client offers. */
    private List<String> protocols(ClientHello hello) throws IOException {
        List<String> configured =
                proxy.spec().tls().orElse(null) instanceof ListenerTls.Terminated tls ? tls.alpn() : List.of();
        if (!configured.isEmpty()) {
            return configured;
        }
        if (proxy.protocol() == Protocol.HTTP) {
            return HTTP;
        }
        return proxy.spec().upstreamTls().isPresent()
                ? upstream.dial(hello.protocols()).stream().toList()
                : List.of();
    }

    /** Reads until the ClientHello is whole, or can't be one, and puts it back. */
    private ByteBuffer peek(Transport client) throws IOException {
        AtomicBoolean done = new AtomicBoolean();
        spawn.accept("hello timer", () -> {
            if (waits.pause(PATIENCE.toNanos(), () -> teardown.isOpen() && !done.get())) {
                teardown.close(EndCause.CLIENT_GONE);
            }
        });
        try {
            return Peek.at(client, bytes -> !(ClientHello.parse(bytes) instanceof ClientHello.Result.NeedMore));
        } finally {
            done.set(true);
            waits.wake();
        }
    }
}
