package io.chaosproxy.relay;

import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.inject.Target;
import io.chaosproxy.inject.TlsNegotiation;
import io.chaosproxy.observe.HandshakeKind;
import io.chaosproxy.stream.ConnectionAbort;
import io.chaosproxy.tls.ClientHello;
import io.chaosproxy.tls.FirstRecord;
import io.chaosproxy.tls.ListenerServer;
import io.chaosproxy.tls.SniName;
import io.chaosproxy.tls.TlsAlert;
import io.chaosproxy.tls.TlsTransport;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** Negotiates TLS with the client of one connection, before its first byte is relayed. Confined to the connection's thread. */
final class ClientTls {
    private static final List<String> HTTP = List.of("http/1.1");

    private final ProxyContext proxy;
    private final ConnectionSockets sockets;
    private final UpstreamDial upstream;
    private final ConnectionFacts facts;
    private final TlsNegotiation.Host host;
    private final Peek peek;

    ClientTls(
            ProxyContext proxy,
            ConnectionSockets sockets,
            UpstreamDial upstream,
            ConnectionFacts facts,
            TlsNegotiation.Host host,
            Peek peek) {
        this.proxy = proxy;
        this.sockets = sockets;
        this.upstream = upstream;
        this.facts = facts;
        this.host = host;
        this.peek = peek;
    }

    /** Whether the listener terminates TLS. */
    boolean terminates() throws IOException {
        return proxy.tls().server().isPresent();
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
        ByteBuffer first = firstMessage();
        Hello hello = switch (ClientHello.parse(first)) {
            case ClientHello.Result.Found found -> new Hello(found.hello(), first);
            case ClientHello.Result.Malformed malformed -> throw unreadable(malformed.reason());
            case ClientHello.Result.NotTls not -> throw peek.refused("the client does not speak TLS");
            case ClientHello.Result.NeedMore more ->
                throw peek.refused("the client left before its ClientHello was complete");
        };
        Answer answer = new Answer() {
            @Override
            public List<String> protocols() throws IOException {
                return ClientTls.this.protocols(hello.message());
            }

            @Override
            public SSLEngine engine(List<String> protocols, Optional<TlsFault.Defect> defect) {
                return server.get().engine(hello.message().serverName(), protocols, defect);
            }
        };
        try {
            handshake(answer(connection, hello, answer));
        } catch (SocketTimeoutException e) {
            throw peek.timedOut("TLS handshake failed: " + TlsAlert.reason(e));
        } catch (SSLException e) {
            throw peek.refused("TLS handshake failed: " + reason(hello.message(), e));
        }
    }

    /** Why a handshake has failed; the JDK's own text about a server name has its bytes in hexadecimal. */
    private static String reason(ClientHello hello, SSLException failure) {
        return hello.serverName()
                .filter(name -> !SniName.isAccepted(name))
                .map(name -> "the client's server name " + name + " is not one that Java accepts")
                .orElseGet(() -> TlsAlert.reason(failure));
    }

    /** Answers a client that begins TLS in a way that can't be understood. */
    private IOException unreadable(String reason) {
        Handshake.failed(proxy, HandshakeKind.Side.CLIENT, false);
        try {
            peek.reply(TlsAlert.decodeError());
        } catch (IOException e) {
            // the client has left, and the log says the reason
        }
        return peek.refused("the ClientHello can't be read: " + reason);
    }

    /**
     * The first message of a client.
     *
     * @param bytes of which it was parsed; they are still to be read
     */
    record Hello(ClientHello message, ByteBuffer bytes) {}

    /** Result of the server's side of a handshake. */
    interface Answer {
        /** Protocols for the layer above (ALPN); asked before the engine is. */
        List<String> protocols() throws IOException;

        SSLEngine engine(List<String> protocols, Optional<TlsFault.Defect> defect);
    }

    /**
     * A handshake that is about to be made.
     *
     * @param defect of the certificate, for which the client has to reject it
     */
    record Prepared(TlsTransport transport, Optional<TlsFault.Defect> defect) {}

    /** Makes a handshake; from then on the client's bytes are those that TLS protects. */
    void handshake(Prepared prepared) throws IOException {
        Handshake.run(proxy, facts, HandshakeKind.Side.CLIENT, prepared.transport(), Peek.PATIENCE);
        sockets.secured(prepared.transport());
    }

    /** Waits for the ClientHello; empty if the client sends something else. */
    Optional<Hello> hello() throws IOException {
        ByteBuffer first = firstMessage();
        return ClientHello.parse(first) instanceof ClientHello.Result.Found found
                ? Optional.of(new Hello(found.hello(), first))
                : Optional.empty();
    }

    private ByteBuffer firstMessage() throws IOException {
        try {
            return peek.at(
                    "hello timer",
                    "its ClientHello",
                    bytes -> !(ClientHello.parse(bytes) instanceof ClientHello.Result.NeedMore));
        } catch (SocketTimeoutException e) {
            Handshake.failed(proxy, HandshakeKind.Side.CLIENT, true);
            throw e;
        }
    }

    /**
     * Applies the rules of the handshake.
     *
     * @throws ConnectionAbort if one ends the connection
     */
    Prepared answer(Target connection, Hello hello, Answer answer) throws IOException {
        hello.message().serverName().ifPresent(connection::serverNameIs);
        TlsNegotiation.at(TlsFault.Stage.HELLO, host, connection);
        List<String> protocols = answer.protocols();
        TlsNegotiation effect = TlsNegotiation.at(TlsFault.Stage.HANDSHAKE, host, connection);
        SSLEngine engine = answer.engine(protocols, effect.certificate());
        if (effect.reset().isPresent()) {
            peek.client().write(FirstRecord.of(engine, hello.bytes()), () -> true);
            throw ConnectionAbort.reset(effect.reset().get());
        }
        return new Prepared(new TlsTransport(peek.client(), engine), effect.certificate());
    }

    /**
     * What the listener offers by ALPN. Of a client whose protocol is still to be detected it is HTTP/1.1, if it offers that; else,
     * with TLS on both sides, what the upstream chooses of what the client offers.
     */
    private List<String> protocols(ClientHello hello) throws IOException {
        List<String> configured =
                proxy.settings().tls().orElse(null) instanceof ListenerTls.Terminated tls ? tls.alpn() : List.of();
        if (!configured.isEmpty()) {
            return configured;
        }
        boolean mayBeHttp =
                facts.protocol() == Protocol.AUTO && hello.protocols().containsAll(HTTP);
        if (facts.protocol() == Protocol.HTTP || mayBeHttp) {
            return HTTP;
        }
        return proxy.settings().upstreamTls().isPresent()
                ? upstream.dial(hello.protocols()).stream().toList()
                : List.of();
    }
}
