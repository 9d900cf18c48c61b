package io.chaosproxy.ctl;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.common.tls.Tls;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webclient.api.HttpClientRequest;
import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.api.Proxy;
import io.helidon.webclient.api.WebClient;
import io.helidon.webclient.api.WebClientConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** HTTP client. The only class of this package that uses Helidon, so the others load without it. Confined to one thread. */
final class HttpTransport {
    /** Upper bound for a response body; far above that of any control API response. */
    private static final int MAX_BYTES = 64 << 20;

    private final WebClient client;

    /**
     * Creates the client; does not connect yet.
     *
     * @throws IOException naming the unreadable certificate file
     */
    HttpTransport(String url, Optional<String> token, Optional<Path> authority, Duration timeout) throws IOException {
        WebClientConfig.Builder builder = WebClient.builder()
                .baseUri(URI.create(url)) // given as text, one with an IPv6 address becomes localhost
                .servicesDiscoverServices(false)
                .dnsResolver((host, preferred) -> lookUp(host))
                .proxy(Proxy.noProxy())
                .followRedirects(false)
                .shareConnectionCache(false)
                .connectTimeout(timeout)
                .readTimeout(timeout);
        token.ifPresent(secret -> builder.addHeader(HeaderNames.AUTHORIZATION, "Bearer " + secret));
        if (authority.isPresent()) {
            builder.tls(Tls.builder().trust(certificates(authority.get())).build());
        }
        client = builder.build();
    }

    /**
     * Resolves a host to an address that keeps the requested name. Helidon verifies certificates against the name of the
     * address; without a name Java would use a reverse DNS look-up, which is not trustworthy.
     */
    private static InetAddress lookUp(String host) {
        try {
            String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            return InetAddress.getByAddress(bare, InetAddress.getByName(bare).getAddress());
        } catch (UnknownHostException e) {
            throw new UncheckedIOException("there is no host " + host, e);
        }
    }

    private static List<X509Certificate> certificates(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            List<X509Certificate> found = CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
            if (!found.isEmpty()) {
                return found;
            }
        } catch (CertificateException e) {
            throw new IOException("no certificates (PEM) in " + file, e);
        } catch (IOException e) {
            throw new IOException("can't read " + file, e);
        }
        throw new IOException("no certificates (PEM) in " + file);
    }

    /**
     * Sends a request and reads the whole response.
     *
     * @param target path and query, encoded
     * @throws IOException as thrown by the socket
     */
    ApiResponse exchange(String method, String target, String body) throws IOException {
        HttpClientRequest request = client.method(Method.create(method))
                .skipUriEncoding(true)
                .uri(target)
                .accept(MediaTypes.APPLICATION_JSON);
        if (!body.isEmpty()) {
            request.contentType(MediaTypes.APPLICATION_JSON);
        }
        try (HttpClientResponse response =
                body.isEmpty() ? request.request() : request.submit(body.getBytes(StandardCharsets.UTF_8))) {
            return answer(response);
        } catch (RuntimeException e) {
            throw cause(e);
        }
    }

    private static ApiResponse answer(HttpClientResponse response) throws IOException {
        String type = response.headers()
                .contentType()
                .map(found -> found.mediaType().text())
                .orElse("");
        try (InputStream in = response.inputStream()) {
            byte[] bytes = in.readNBytes(MAX_BYTES);
            return new ApiResponse(response.status().code(), type, new String(bytes, StandardCharsets.UTF_8));
        }
    }

    /** Root cause; Helidon wraps socket exceptions, sometimes twice, and has its own exceptions for invalid HTTP. */
    private static IOException cause(RuntimeException failure) {
        IOException found = failure instanceof UncheckedIOException io && io.getCause() != null
                ? io.getCause()
                : new IOException(failure.getMessage(), failure);
        for (Throwable each = found.getCause(); each != null; each = each.getCause()) {
            if (each instanceof IOException deeper) {
                found = deeper;
            }
        }
        return found;
    }
}
