package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Intercept;
import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.inject.Target;
import io.chaosproxy.net.DetectedProtocol;
import io.chaosproxy.tls.CertifiedName;
import io.chaosproxy.tls.ClientHello;
import io.chaosproxy.tls.SniName;
import io.chaosproxy.tls.TlsAlert;
import io.chaosproxy.tls.TlsTransport;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;

/**
 * Intercepts TLS between the client of a tunnel and its target: terminates it with a certificate that is made for the name which the client
 * expects, and has the upstream prove the same name. Confined to the connection's thread.
 */
final class Interception {
    private static final String HTTP = "http/1.1";

    /** A client that rejects a certificate ends the connection at once; one that connects in advance waits. */
    private static final Duration AT_ONCE = Duration.ofSeconds(2);

    /** Rule and type of what the journal says of a connection that is not intercepted on behalf of its client. */
    private static final String RULE = "intercept";

    private static final String PASSTHROUGH = "passthrough";

    private final ProxyContext proxy;
    private final ConnectionFacts facts;
    private final ClientAddress client;
    private final UpstreamDial upstream;
    private final ClientTls tls;
    private final Peek peek;

    /** Not begun yet. */
    Interception(
            ProxyContext proxy,
            ConnectionFacts facts,
            ClientAddress client,
            UpstreamDial upstream,
            ClientTls tls,
            Peek peek) {
        this.proxy = proxy;
        this.facts = facts;
        this.client = client;
        this.upstream = upstream;
        this.tls = tls;
        this.peek = peek;
    }

    /**
     * Protocol of a client.
     *
     * @param anything whether it has sent a byte
     */
    record Heard(DetectedProtocol spoken, boolean anything) {}

    /** Decides what the client speaks. */
    @FunctionalInterface
    interface Detector {
        Heard next() throws IOException;
    }

    /**
     * Terminates TLS if the target is selected and the client is to be intercepted; empty if the bytes pass unchanged.
     *
     * @throws io.chaosproxy.stream.ConnectionAbort if a rule ends the connection
     * @throws IOException if the client rejects the certificate, or does not agree on TLS; the connection is closed then
     */
    Optional<Secured> begin(Target connection) throws IOException {
        Optional<Intercept> settings = proxy.settings().intercept();
        Optional<ProxyTls.Interceptor> interceptor = proxy.tls().interceptor();
        if (settings.isEmpty() || interceptor.isEmpty()) {
            return Optional.empty();
        }
        Optional<ClientTls.Hello> hello = tls.hello();
        Optional<String> name = hello.flatMap(found -> name(found.message()));
        if (hello.isEmpty() || name.isEmpty()) {
            return Optional.empty(); // no ClientHello that can be read, or no name that a certificate can be for
        }
        ClientHello message = hello.get().message();
        if (!isSelected(settings.get(), message) || !speaksHttp1(connection, message)) {
            return Optional.empty();
        }
        Subject subject = new Subject(name.get(), settings.get(), interceptor.get());
        if (subject.isRejecting()) {
            passThrough(connection, subject);
            return Optional.empty();
        }
        return Optional.of(terminate(connection, hello.get(), subject));
    }

    /**
     * Name that the client expects in the certificate: that in TLS if there is one, since the target may be an address. Empty as well if
     * the engine would reject the handshake for its server name.
     */
    private Optional<String> name(ClientHello hello) {
        if (!hello.serverName().map(SniName::isAccepted).orElse(true)) {
            return Optional.empty();
        }
        return hello.serverName()
                .flatMap(CertifiedName::of)
                .or(() -> facts.target().map(Address::host).flatMap(CertifiedName::of));
    }

    private boolean isSelected(Intercept settings, ClientHello hello) {
        SocketPair wire = upstream.wire();
        return wire != null
                && wire.to() instanceof InetSocketAddress address
                && settings.selects(facts.target().orElseThrow(), hello.serverName(), address.getAddress());
    }

    /** A client that offers other protocols alone would get nothing that it understands. */
    private boolean speaksHttp1(Target connection, ClientHello hello) {
        boolean speaks = hello.protocols().isEmpty() || hello.protocols().contains(HTTP);
        if (!speaks) {
            proxy.log(
                    Options.Log.CONNECTIONS,
                    Level.INFO,
                    "proxy " + proxy.name() + " #" + connection.connection() + " is not intercepted: the client offers "
                            + hello.protocols() + ", and not " + HTTP);
        }
        return speaks;
    }

    private Secured terminate(Target connection, ClientTls.Hello hello, Subject subject) throws IOException {
        ClientTls.Prepared prepared = tls.answer(connection, hello, new ClientTls.Answer() {
            @Override
            public List<String> protocols() {
                return hello.message().protocols().isEmpty() ? List.of() : List.of(HTTP);
            }

            @Override
            public SSLEngine engine(List<String> protocols, Optional<TlsFault.Defect> defect) {
                return subject.interceptor().leaves().engine(subject.name(), protocols, defect);
            }
        });
        boolean isGood = prepared.defect().isEmpty(); // a client has to reject any other
        try {
            tls.handshake(prepared);
        } catch (SocketTimeoutException e) {
            throw peek.timedOut("TLS handshake failed: " + TlsAlert.reason(e));
        } catch (IOException e) {
            throw peek.refused(isGood ? subject.failed(e) : "TLS handshake failed: " + TlsAlert.reason(e));
        }
        String protocol = prepared.transport().protocol();
        upstream.secure(
                subject.interceptor().upstream(), subject.name(), protocol.isEmpty() ? List.of() : List.of(protocol));
        return new Secured(prepared.transport(), subject, isGood);
    }

    private void passThrough(Target connection, Subject subject) {
        proxy.journal(new Hit(
                Instant.now(),
                proxy.name(),
                connection.connection(),
                0,
                client.client().getAddress().getHostAddress(),
                connection.spoken().serverName(subject.name()),
                "",
                RULE,
                PASSTHROUGH,
                Sample.NOTHING));
    }

    /** Whom the certificate is for, and who gets it. */
    private final class Subject {
        private final String name;
        private final Intercept settings;
        private final ProxyTls.Interceptor interceptor;
        private final InetAddress address = client.client().getAddress();

        Subject(String name, Intercept settings, ProxyTls.Interceptor interceptor) {
            this.name = name;
            this.settings = settings;
            this.interceptor = interceptor;
        }

        String name() {
            return name;
        }

        ProxyTls.Interceptor interceptor() {
            return interceptor;
        }

        private boolean passesThrough() {
            return settings.onRefusal() == Intercept.OnRefusal.PASSTHROUGH;
        }

        boolean isRejecting() {
            return passesThrough() && interceptor.rejecting().isRejecting(address, name);
        }

        void accepted() {
            if (passesThrough()) {
                interceptor.rejecting().accepted(address, name);
            }
        }

        /** Remembers a rejection; returns what is to be logged. */
        String failed(IOException e) {
            Optional<String> alert = TlsAlert.rejecting(e);
            if (alert.isPresent()) {
                if (passesThrough()) {
                    interceptor.rejecting().rejected(address, name);
                }
                return "the client rejects the certificate for " + name + " (" + alert.get() + "): " + consequence();
            }
            if (TlsAlert.isEnd(e) && left()) {
                return "the client ends the connection when it gets the certificate for " + name + ": " + consequence();
            }
            return "TLS handshake failed: " + TlsAlert.reason(e);
        }

        /** The client ended the connection without a byte; whether that counts. */
        boolean left() {
            return !passesThrough() || interceptor.rejecting().leftSilently(address, name);
        }

        String consequence() {
            return passesThrough()
                    ? "its connections there are not intercepted for " + RejectingClients.REMEMBERED.toHours() + " h"
                    : "it has to trust the authority in " + settings.authority().certificate()
                            + ", or set on-refusal = passthrough";
        }
    }

    /** A client that has accepted the handshake, and may still reject the certificate. */
    final class Secured {
        private final TlsTransport transport;
        private final Subject subject;
        private final boolean isGood;

        private Secured(TlsTransport transport, Subject subject, boolean isGood) {
            this.transport = transport;
            this.subject = subject;
            this.isGood = isGood;
        }

        /** Whether both have agreed on HTTP/1.1, in which the client speaks first. */
        boolean isHttp() {
            return transport.protocol().equals(HTTP);
        }

        /**
         * Detects what the client speaks. Clients that compare certificates on their own reject one by an end, or an alert, in place of
         * the first byte.
         */
        DetectedProtocol heard(Detector detector) throws IOException {
            long begun = System.nanoTime();
            try {
                Heard heard = detector.next();
                if (heard.anything()) {
                    subject.accepted();
                } else if (transport.hasEnded()) {
                    left(begun);
                }
                return heard.spoken();
            } catch (IOException e) {
                if (TlsAlert.isEnd(e)) {
                    left(begun);
                } else if (isGood && TlsAlert.rejecting(e).isPresent()) {
                    throw peek.refused(subject.failed(e));
                }
                throw e;
            }
        }

        private void left(long begun) throws IOException {
            boolean atOnce = System.nanoTime() - begun < AT_ONCE.toNanos();
            if (isGood && atOnce && subject.passesThrough() && subject.left()) {
                throw peek.refused("the client ends the connection without a byte when it has got the certificate for "
                        + subject.name() + ": " + subject.consequence());
            }
        }
    }
}
