package io.chaosproxy.relay;

import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.HandshakeKind;
import io.chaosproxy.observe.TlsInfo;
import io.chaosproxy.tls.TlsTransport;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** A TLS handshake with one side of a connection: counts it, and keeps what was negotiated. */
final class Handshake {
    private Handshake() {}

    /**
     * Negotiates.
     *
     * @param facts of the connection
     * @throws IOException as {@link TlsTransport#handshake}
     */
    static void run(
            ProxyContext proxy, ConnectionFacts facts, HandshakeKind.Side side, TlsTransport transport, Duration atMost)
            throws IOException {
        try {
            transport.handshake(atMost);
        } catch (IOException e) {
            failed(proxy, side, e instanceof SocketTimeoutException);
            throw e;
        }
        TlsInfo agreed = new TlsInfo(
                transport.session().getProtocol(), transport.session().getCipherSuite(), transport.protocol());
        facts.secured(side, agreed);
        count(proxy, HandshakeKind.done(side, agreed));
    }

    /** Counts one that failed, perhaps before its first message was complete. */
    static void failed(ProxyContext proxy, HandshakeKind.Side side, boolean late) {
        count(proxy, HandshakeKind.failed(side, late));
    }

    private static void count(ProxyContext proxy, HandshakeKind handshake) {
        proxy.traffic().countHandshake(handshake);
        proxy.common().events().publish(new Event.Handshake(proxy.name(), handshake));
    }
}
