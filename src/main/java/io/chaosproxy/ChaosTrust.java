package io.chaosproxy;

import io.chaosproxy.fault.Check;
import io.chaosproxy.tls.Contexts;
import io.chaosproxy.tls.Pem;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509TrustManager;

/**
 * Trust in proxies whose certificate is created at their start ({@code tls { self-signed = true }}), for clients in this process: no
 * file is needed. Each proxy has an authority of its own, which exists as long as the proxy.
 *
 * {@snippet :
 * ProxySpec spec = ProxySpec.http("localhost", 9000).tls(ListenerTls.Terminated.selfSigned());
 * try (ChaosProxy shop = ChaosProxy.start(spec)) {
 *     HttpClient client = HttpClient.newBuilder().sslContext(shop.trust().sslContext()).build();
 *     HttpRequest request = HttpRequest.newBuilder(URI.create(shop.url())).build();
 *     client.send(request, BodyHandlers.discarding());
 *     shop.inject(BadCertificate.expired());
 *     // a new connection now ends in an SSLHandshakeException
 * }
 * }
 *
 * @param authorities certificates of the authorities, one for each proxy
 */
public record ChaosTrust(List<X509Certificate> authorities) {
    /** Rejects null. */
    public ChaosTrust {
        authorities = Check.elements("authorities", authorities);
    }

    /** {@return a context for clients that trust these authorities and no others, and have no certificate} */
    public SSLContext sslContext() {
        return Contexts.of(Optional.empty(), Contexts.trust(authorities));
    }

    /** {@return what decides about certificates in {@link #sslContext}} Some clients want both, such as OkHttp. */
    public X509TrustManager trustManager() {
        return Stream.of(Contexts.trust(authorities))
                .filter(X509TrustManager.class::isInstance)
                .map(X509TrustManager.class::cast)
                .findFirst()
                .orElseThrow(); // a JDK has it
    }

    /** {@return the certificates as PEM, for a client that wants a file} */
    public String pem() {
        return Pem.of(authorities);
    }
}
