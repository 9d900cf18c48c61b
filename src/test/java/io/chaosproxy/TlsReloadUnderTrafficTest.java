package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.config.ListenerTls.Terminated;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.KeyAndChain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates change while clients come and go, and while a connection is kept: no exchange fails. */
final class TlsReloadUnderTrafficTest {
    private static final CertificateAuthority CA = CertificateAuthority.create("reloads");
    private static final String REQUEST = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final int CLIENTS = 4;
    private static final int CHANGES = 3;

    @TempDir
    private Path folder;

    private final Set<Certificate> seen = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean over = new AtomicBoolean();

    private static KeyAndChain next() {
        return CA.server(List.of("localhost"), Duration.ofDays(1));
    }

    private long comeAndGo(ProxyServer proxy, SSLContext trust) throws Exception {
        long exchanges = 0;
        while (!over.get()) {
            try (SSLSocket socket = Tls.client(proxy.address(), trust, "localhost")) {
                assertEquals(RESPONSE, new Peer(socket).send(REQUEST).readResponse());
                seen.add(socket.getSession().getPeerCertificates()[0]);
                exchanges++;
            }
        }
        return exchanges;
    }

    private long stay(ProxyServer proxy, SSLContext trust) throws Exception {
        long exchanges = 0;
        try (SSLSocket socket = Tls.client(proxy.address(), trust, "localhost")) {
            Peer client = new Peer(socket);
            while (!over.get()) {
                assertEquals(RESPONSE, client.send(REQUEST).readResponse());
                exchanges++;
            }
        }
        return exchanges;
    }

    @Test
    void noExchangeFails() throws Exception {
        KeyFiles files = Tls.files(folder, "server", next());
        Terminated tls = Terminated.with(files.certificate(), files.key().orElseThrow());
        SSLContext trust = Tls.context(CA.own().chain(), Optional.empty());
        try (LogLines log = LogLines.of("http");
                Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.HTTP, origin.port()).tls(tls), 1)) {
            List<Future<Long>> coming = Together.start(CLIENTS, i -> comeAndGo(proxy, trust));
            Future<Long> staying = Together.start(() -> stay(proxy, trust));
            try {
                for (int i = 1; i <= CHANGES; i++) {
                    KeyAndChain made = next();
                    Tls.files(folder, "server", made); // one file after the other, as editors and mounts do
                    touch(files, 2 * i);
                    TestProxy.await("clients see change " + i, () -> seen.contains(made.certificate()));
                    Files.writeString(files.key().orElseThrow(), "half of a ke");
                    touch(files, 2 * i + 1);
                    int rejected = i;
                    TestProxy.await("the change to half a key is rejected", () -> rejections(log) >= rejected);
                }
            } finally {
                over.set(true);
            }
            for (long exchanges : Together.results(coming)) {
                assertTrue(exchanges > 0);
            }
            assertTrue(Together.result(staying) > 0);
            assertTrue(seen.size() >= CHANGES, seen.size() + " certificates");
        }
    }

    private static long rejections(LogLines log) {
        return log.lines().stream()
                .filter(line -> line.contains("stay as they were") && line.contains("has no PEM key"))
                .count();
    }

    private static void touch(KeyFiles files, int times) throws Exception {
        FileTime time = FileTime.from(Instant.now().plusSeconds(10L * times));
        Files.setLastModifiedTime(files.certificate(), time);
        Files.setLastModifiedTime(files.key().orElseThrow(), time);
    }
}
