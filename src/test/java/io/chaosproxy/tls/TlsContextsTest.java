package io.chaosproxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.net.SocketTransport;
import io.chaosproxy.tls.TestTls.Pair;
import io.chaosproxy.tls.TestTls.Task;
import io.chaosproxy.tls.TlsServer.ClientCertificates;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers and clients of this package with each other. */
class TlsContextsTest {
    private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
    private static final List<X509Certificate> TRUSTED = AUTHORITY.own().chain();
    private static final KeyAndChain ONE = leaf("one.example");
    private static final KeyAndChain ANY = leaf("*.any.example");
    private static final KeyAndChain WWW = leaf("www.any.example");
    private static final Optional<KeyAndChain> NO_KEY = Optional.empty();
    private static final Optional<String> NO_NAME = Optional.empty();
    private static final TlsClient CLIENT = TlsClient.trusting(TRUSTED, NO_KEY, NO_NAME);

    private static KeyAndChain leaf(String name) {
        return AUTHORITY.server(List.of(name, "localhost"), CertificateAuthority.DEFAULT_VALIDITY);
    }

    private static TlsServer server(KeyAndChain... certificates) {
        return new TlsServer(List.of(certificates), ClientCertificates.NONE, List.of());
    }

    /** Both ends of a connection after their handshake. */
    private record Session(TlsTransport client, TlsTransport server, Pair pair) implements AutoCloseable {
        X509Certificate shown() throws SSLPeerUnverifiedException {
            return (X509Certificate) client.session().getPeerCertificates()[0];
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    private static Session connect(SSLEngine client, SSLEngine server) throws Exception {
        Pair pair = Pair.connect();
        TlsTransport there = new TlsTransport(SocketTransport.over(pair.theirs()), client);
        TlsTransport here = new TlsTransport(SocketTransport.over(pair.ours()), server);
        Task<Boolean> accepting = new Task<>(() -> {
            try {
                here.handshake(TestTls.LONG);
                here.write(ByteBuffer.wrap(new byte[1]), () -> true);
                return true;
            } catch (SSLException e) {
                return false;
            }
        });
        try {
            there.handshake(TestTls.LONG);
            ByteBuffer one = ByteBuffer.allocate(1);
            while (one.hasRemaining()) { // with TLS 1.3 the client learns here that its certificate was rejected
                if (there.read(one) < 0) {
                    throw new SSLException("ended");
                }
                if (one.hasRemaining()) {
                    there.await();
                }
            }
            assertTrue(accepting.result());
            return new Session(there, here, pair);
        } catch (SSLException e) {
            there.close();
            accepting.result();
            here.close();
            throw e;
        }
    }

    private static Session connect(TlsClient client, String name, TlsServer server) throws Exception {
        return connect(client.engine(name, 443, List.of()), server.engine(Optional.of(name), List.of()));
    }

    @Test
    void theNameChoosesTheCertificate() throws Exception {
        TlsServer server = server(ONE, ANY, WWW);
        for (String name : List.of("one.example", "www.any.example", "other.any.example", "localhost")) {
            KeyAndChain expected = name.startsWith("www") ? WWW : name.startsWith("other") ? ANY : ONE;
            try (Session session = connect(CLIENT, name, server)) {
                assertEquals(expected.certificate(), session.shown(), name);
            }
        }
        for (String name : List.of("unknown.example", "a.b.any.example", "any.example")) {
            assertThrows(SSLException.class, () -> connect(CLIENT, name, server).close(), "shown the first: " + name);
        }
        assertEquals(443, CLIENT.engine("one.example", 443, List.of()).getPeerPort());
    }

    /** With one context a client of the JDK would resume the session of the other name. */
    @Test
    void aSessionIsNotResumedUnderAnotherName() throws Exception {
        TlsServer server = server(ONE, WWW);
        SSLEngine first = CLIENT.engine("localhost", 443, List.of());
        long created;
        try (Session session = connect(first, server.engine(Optional.of("one.example"), List.of()))) {
            created = session.client().session().getCreationTime();
            assertEquals(ONE.certificate(), session.shown());
        }
        SSLEngine again = CLIENT.engine("localhost", 443, List.of());
        try (Session session = connect(again, server.engine(Optional.of("one.example"), List.of()))) {
            assertEquals(created, session.client().session().getCreationTime(), "resumed under its own name");
        }
        TestProxy.await("another time of creation", () -> System.currentTimeMillis() > created);
        SSLEngine second = CLIENT.engine("localhost", 443, List.of());
        try (Session session = connect(second, server.engine(Optional.of("www.any.example"), List.of()))) {
            assertEquals(WWW.certificate(), session.shown());
            assertNotEquals(created, session.client().session().getCreationTime());
        }
    }

    @Test
    void theProtocolIsNegotiated() throws Exception {
        TlsServer server = server(ONE);
        SSLEngine client = CLIENT.engine("one.example", 443, List.of("h2", "http/1.1"));
        try (Session session = connect(client, server.engine(NO_NAME, List.of("http/1.1")))) {
            assertEquals("http/1.1", session.client().protocol());
            assertEquals("http/1.1", session.server().protocol());
        }
        try (Session session = connect(CLIENT, "one.example", server)) {
            assertEquals("", session.client().protocol());
        }
        SSLEngine other = CLIENT.engine("one.example", 443, List.of("h2"));
        assertThrows(
                SSLException.class,
                () -> connect(other, server.engine(NO_NAME, List.of("http/1.1")))
                        .close());
    }

    @Test
    void clientCertificatesAreAskedForAsToldAndChecked() throws Exception {
        TlsClient known = TlsClient.trusting(TRUSTED, Optional.of(leaf("client")), NO_NAME);
        KeyAndChain foreign = CertificateAuthority.selfSigned(List.of("foreign"), Duration.ofDays(1));
        TlsClient unknown = TlsClient.trusting(TRUSTED, Optional.of(foreign), NO_NAME);
        for (ClientCertificates asked : ClientCertificates.values()) {
            TlsServer server = new TlsServer(List.of(ONE), asked, TRUSTED);
            if (asked == ClientCertificates.REQUIRE) {
                assertThrows(
                        SSLException.class,
                        () -> connect(CLIENT, "one.example", server).close());
                assertThrows(
                        SSLException.class,
                        () -> connect(unknown, "one.example", server).close());
            } else {
                connect(CLIENT, "one.example", server).close();
                connect(unknown, "one.example", server).close(); // the JDK shows none that the server doesn't list
            }
        }
        assertEquals(1, known.engine("one.example", 1, List.of()).getPeerPort());
    }

    @Test
    void aServerNameReplacesTheHost() throws Exception {
        TlsClient named = TlsClient.trusting(TRUSTED, NO_KEY, Optional.of("one.example"));
        try (Session session = connect(named, "127.0.0.1", server(ONE))) {
            assertEquals(ONE.certificate(), session.shown());
        }
        assertThrows(
                SSLException.class,
                () -> connect(CLIENT, "127.0.0.1", server(ONE)).close());
    }

    /** RFC 6066 §3 has no dot of the root, and what the JDK takes for no host is not named. */
    @ParameterizedTest
    @CsvSource({"localhost., localhost", "one.example, one.example", "my_host, ''", "127.0.0.1, ''", "-a.b, ''"})
    void theServerNameThatIsSent(String host, String sent) {
        List<SNIServerName> names = TlsClient.insecure(NO_KEY, Optional.empty())
                .engine(host, 443, List.of())
                .getSSLParameters()
                .getServerNames();
        assertEquals(sent, names == null || names.isEmpty() ? "" : ((SNIHostName) names.getFirst()).getAsciiName());
    }

    @Test
    void aDefectiveCertificateIsRejectedUnlessInsecure() throws Exception {
        List<String> names = List.of("one.example");
        Duration month = CertificateAuthority.DEFAULT_VALIDITY;
        Instant yesterday = Instant.now().minus(Duration.ofDays(1));
        TlsClient insecure = TlsClient.insecure(NO_KEY, NO_NAME);
        for (KeyAndChain bad : List.of(
                AUTHORITY.server(names, yesterday.minus(month), yesterday),
                AUTHORITY.server(List.of("two.example"), month),
                CertificateAuthority.selfSigned(names, month),
                CertificateAuthority.create("Unknown CA").server(names, month))) {
            assertThrows(
                    SSLException.class,
                    () -> connect(CLIENT, "one.example", server(bad)).close());
            try (Session session = connect(insecure, "one.example", server(bad))) {
                assertEquals(bad.certificate(), session.shown());
            }
        }
    }

    @Test
    void withoutTrustFileTheJdksAuthoritiesAreTrusted() {
        TlsClient system = TlsClient.trusting(List.of(), NO_KEY, NO_NAME);
        assertThrows(
                SSLException.class,
                () -> connect(system, "one.example", server(ONE)).close());
    }
}
