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

/** The web client. No other class here knows of Helidon, so that all others load without it. One thread. */
final class Transport {
    /** Far more than any answer of a control plane; whatever sends more is none. */
    private static final int MOST = 64 << 20;

    private final WebClient client;

    /**
     * Makes it; connects to nobody yet.
     *
     * @throws IOException naming the file of certificates that can't be read
     */
    Transport(String url, Optional<String> token, Optional<Path> authority, Duration patience) throws IOException {
        WebClientConfig.Builder builder = WebClient.builder()
                .baseUri(URI.create(url)) // given as text, one with an IPv6 address becomes localhost
                .servicesDiscoverServices(false)
                .dnsResolver((host, preferred) -> lookUp(host))
                .proxy(Proxy.noProxy())
                .followRedirects(false)
                .shareConnectionCache(false)
                .connectTimeout(patience)
                .readTimeout(patience);
        token.ifPresent(secret -> builder.addHeader(HeaderNames.AUTHORIZATION, "Bearer " + secret));
        if (authority.isPresent()) {
            builder.tls(Tls.builder().trust(certificates(authority.get())).build());
        }
        client = builder.build();
    }

    /**
     * The address of a host under the very name that was asked for. Helidon checks certificates against the address's name,
     * and for one without a name Java would ask the DNS backwards, where anybody may be anything.
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
     * Sends a request and reads the whole answer.
     *
     * @param target path and query, encoded
     * @throws IOException of the socket's own kind
     */
    Answer exchange(String method, String target, String body) throws IOException {
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

    private static Answer answer(HttpClientResponse response) throws IOException {
        String type = response.headers()
                .contentType()
                .map(found -> found.mediaType().text())
                .orElse("");
        try (InputStream in = response.inputStream()) {
            byte[] bytes = in.readNBytes(MOST);
            return new Answer(response.status().code(), type, new String(bytes, StandardCharsets.UTF_8));
        }
    }

    /** Helidon wraps what the socket said, sometimes twice, and has exceptions of its own for what is not HTTP. */
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
