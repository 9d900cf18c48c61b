package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.config.ListenerTls.Terminated;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.kit.Origin;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients in the process of a proxy that makes its own certificate. */
final class ChaosTrustTest {
    private static ProxySpec spec(Origin origin) {
        return ProxySpec.http("127.0.0.1", origin.port()).tls(Terminated.selfSigned());
    }

    private static String get(ChaosProxy proxy, ChaosTrust trust) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().sslContext(trust.sslContext()).build()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(proxy.url() + "/")).build();
            return client.send(request, BodyHandlers.ofString()).body();
        }
    }

    @Test
    void aClientTrustsItWithoutAFile() throws Exception {
        try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                ChaosProxy proxy = ChaosProxy.start(spec(origin));
                ChaosProxy other = ChaosProxy.start(spec(origin))) {
            assertEquals("https://127.0.0.1:" + proxy.port(), proxy.url());
            ChaosTrust trust = proxy.trust();
            assertEquals("hello", get(proxy, trust));
            assertThrows(SSLHandshakeException.class, () -> get(other, trust));
            ChaosTrust both = new ChaosTrust(List.of(
                    trust.authorities().getFirst(), other.trust().authorities().getFirst()));
            assertEquals("hello", get(other, both));
            try (Injection expired = proxy.inject(BadCertificate.expired())) {
                assertThrows(SSLHandshakeException.class, () -> get(proxy, trust));
                assertEquals(1, expired.hits());
            }
            proxy.disable();
            proxy.enable();
            assertEquals(trust, proxy.trust());
            assertEquals("hello", get(proxy, trust));
        }
    }

    @Test
    void othersGetAFileOrAManager(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("ca.pem");
        ProxySpec spec =
                ProxySpec.tcp("127.0.0.1", 9).tls(Terminated.selfSigned().writtenTo(file));
        try (ChaosProxy proxy = ChaosProxy.start(spec)) {
            assertEquals("tls://127.0.0.1:" + proxy.port(), proxy.url());
            assertEquals(Files.readString(file), proxy.trust().pem());
            assertEquals(
                    proxy.trust().authorities(),
                    List.<X509Certificate>of(proxy.trust().trustManager().getAcceptedIssuers()));
        }
    }

    @Test
    void aProxyWithoutACertificateOfItsOwnSaysSo() {
        try (ChaosProxy proxy = ChaosProxy.tcp("127.0.0.1", 9)) {
            IllegalStateException none = assertThrows(IllegalStateException.class, proxy::trust);
            assertEquals(
                    "proxy tcp has no certificate of its own; it needs tls { self-signed = true }", none.getMessage());
        }
    }
}
