package io.chaosproxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.kit.Together;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LeafIssuerTest {
    private static final CertificateAuthority CA = CertificateAuthority.create("chaos-proxy test");
    private static final Duration MONTH = CertificateAuthority.DEFAULT_VALIDITY;

    @TempDir
    Path dir;

    private static SSLContext client() {
        return Contexts.of(Optional.empty(), Contexts.trust(CA.own().chain()));
    }

    /** The certificate that a client gets which checks it for this name. */
    private static X509Certificate shown(LeafIssuer issuer, SSLContext client, String name) throws IOException {
        return (X509Certificate) handshake(issuer.engine(name, List.of(), Optional.empty()), client, name)
                .getSession()
                .getPeerCertificates()[0];
    }

    private static SSLEngine handshake(SSLEngine server, SSLContext context, String name) throws IOException {
        SSLEngine client = context.createSSLEngine(name, 443);
        client.setUseClientMode(true);
        SSLParameters parameters = client.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        client.setSSLParameters(parameters);
        ByteBuffer up = ByteBuffer.allocate(1 << 16);
        ByteBuffer down = ByteBuffer.allocate(1 << 16);
        client.beginHandshake();
        server.beginHandshake();
        while (client.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING
                || server.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
            step(client, down, up);
            step(server, up, down);
        }
        step(client, down, up); // a ticket
        return client;
    }

    private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> engine.getDelegatedTask().run();
            case NEED_WRAP -> engine.wrap(ByteBuffer.allocate(0), out);
            default -> {
                in.flip();
                engine.unwrap(in, ByteBuffer.allocate(1 << 16));
                in.compact();
            }
        }
    }

    @Test
    void aClientThatTrustsTheAuthorityAcceptsEachName() throws Exception {
        LeafIssuer issuer = new LeafIssuer(CA, MONTH);
        List<String> names =
                List.of("shop.example.com", "127.0.0.1", "::1", "xn--bcher-kva.example", "a".repeat(60) + ".example");
        for (String name : names) {
            X509Certificate made = shown(issuer, client(), name);
            assertEquals(made, shown(issuer, client(), name));
            assertEquals(
                    name.length() > 64 ? "" : "CN=" + name,
                    made.getSubjectX500Principal().getName());
        }
    }

    /** The issue behind it: the JDK resumes a session under another name in the context that began it. */
    @Test
    void aSessionOfOneNameIsNotResumedUnderAnother() throws Exception {
        LeafIssuer issuer = new LeafIssuer(CA, MONTH);
        SSLContext client = client();
        X509Certificate one = shown(issuer, client, "one.example");
        X509Certificate two = shown(issuer, client, "two.example");
        assertNotEquals(one, two);
        assertEquals("CN=two.example", two.getSubjectX500Principal().getName());
    }

    @Test
    void opensslAcceptsThemStrictly() throws Exception {
        Openssl.assumePresent();
        LeafIssuer issuer = new LeafIssuer(CA, MONTH);
        Path root = Files.writeString(dir.resolve("root.pem"), Pem.of(CA.own().chain()));
        for (String name :
                List.of("shop.example.com", "xn--bcher-kva.example", "a".repeat(63) + ".example", "192.0.2.7")) {
            Path leaf = Files.writeString(dir.resolve("leaf.pem"), Pem.of(List.of(shown(issuer, client(), name))));
            String check = name.equals("192.0.2.7") ? "-verify_ip" : "-verify_hostname";
            try (Openssl verify = Openssl.start(
                    "verify",
                    "-x509_strict",
                    "-purpose",
                    "sslserver",
                    "-CAfile",
                    root.toString(),
                    check,
                    name,
                    leaf.toString())) {
                assertEquals(0, verify.exit(), verify::output);
            }
        }
    }

    /** 1,000 names, each of which ten threads of a hundred ask for at about the same time. */
    @Test
    void eachIsMadeOnceHoweverManyNeedItAtOnce() throws Exception {
        LeafIssuer issuer = new LeafIssuer(CA, MONTH);
        Set<SSLContext> all = Collections.newSetFromMap(new IdentityHashMap<>());
        for (List<SSLContext> seen : Together.run(100, i -> {
            List<SSLContext> contexts = new ArrayList<>();
            for (int n = 0; n < 100; n++) {
                contexts.add(issuer.context("host" + (n * 10 + i % 10) + ".example", Optional.empty()));
            }
            return contexts;
        })) {
            all.addAll(seen);
        }
        assertEquals(1_000, all.size());
    }

    @Test
    void theOneThatWasNotUsedForLongestGivesWay() throws Exception {
        LeafIssuer issuer = new LeafIssuer(CA, MONTH, 2, InstantSource.system());
        SSLContext client = client();
        X509Certificate one = shown(issuer, client, "one.example");
        X509Certificate two = shown(issuer, client, "two.example");
        assertEquals(one, shown(issuer, client, "one.example"));
        shown(issuer, client, "three.example");
        assertEquals(one, shown(issuer, client, "one.example"));
        assertNotEquals(two, shown(issuer, client(), "two.example"));
    }

    @Test
    void oneIsReplacedBeforeItEnds() throws Exception {
        Instant begin = Instant.now();
        AtomicReference<Instant> now = new AtomicReference<>(begin);
        LeafIssuer issuer = new LeafIssuer(CA, Duration.ofDays(30), 10, now::get);
        X509Certificate first = shown(issuer, client(), "one.example");
        now.set(begin.plus(Duration.ofDays(19)));
        assertEquals(first, shown(issuer, client(), "one.example"));
        now.set(begin.plus(Duration.ofDays(21)));
        assertNotEquals(first, shown(issuer, client(), "one.example"));
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 90})
    void itIsValidWithinTheValidityOfItsAuthority(int days) throws Exception {
        CertificateAuthority authority = CertificateAuthority.create("brief", Duration.ofDays(days));
        X509Certificate root = authority.own().certificate();
        X509Certificate leaf = authority.server(List.of("one.example"), MONTH).certificate();
        Instant end = root.getNotAfter().toInstant();
        assertFalse(leaf.getNotBefore().toInstant().isBefore(root.getNotBefore().toInstant()));
        assertTrue(leaf.getNotBefore().toInstant().isBefore(Instant.now().minusSeconds(3000)));
        assertEquals(days < 30, leaf.getNotAfter().toInstant().equals(end));
        assertFalse(leaf.getNotAfter().toInstant().isAfter(end));
    }

    /** Of a good certificate and one with a defect neither is taken for the other. */
    @Test
    void aDefectHasACertificateOfItsOwn() throws Exception {
        LeafIssuer issuer = new LeafIssuer(CA, MONTH);
        for (TlsFault.Defect defect : TlsFault.Defect.values()) {
            SSLEngine server = issuer.engine("one.example", List.of(), Optional.of(defect));
            try {
                handshake(server, client(), "one.example");
                throw new AssertionError(defect + " was accepted");
            } catch (SSLException e) {
                shown(issuer, client(), "one.example");
            }
        }
    }
}
