package io.chaosproxy.ctl;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** HTTP client, that of the JDK: it is there anyway, and starts in less processor time than others. Confined to one thread. */
final class HttpTransport {
    /** Upper bound for a response body; far above that of any control API response. */
    private static final int MAX_BYTES = 64 << 20;

    private static final String JSON = "application/json";
    private static final String EVENTS = "text/event-stream";

    private final String url;
    private final String host;
    private final Optional<String> token;
    private final Duration timeout;
    private final HttpClient client;

    /**
     * Creates the client; does not connect yet.
     *
     * @throws IllegalArgumentException naming the file if it has no certificates
     * @throws IOException if the certificates can't be trusted
     */
    HttpTransport(String url, Optional<String> token, Optional<Path> authority, Duration timeout) throws IOException {
        this.url = url;
        this.host = URI.create(url).getHost();
        this.token = token;
        this.timeout = timeout;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(Version.HTTP_1_1)
                .followRedirects(Redirect.NEVER)
                .proxy(ProxySelector.of(null)) // none
                .connectTimeout(timeout);
        if (authority.isPresent()) {
            builder.sslContext(trusting(certificates(authority.get())));
        } else if (url.startsWith("http:")) {
            builder.sslContext(new NoTls()); // the default one reads all certificates that Java trusts
        }
        client = builder.build();
    }

    private static SSLContext trusting(Collection<? extends Certificate> certificates) throws IOException {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate certificate : certificates) {
                trusted.setCertificateEntry(Integer.toString(number++), certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("these certificates can't be trusted: " + e.getMessage(), e);
        }
    }

    private static Collection<? extends Certificate> certificates(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (!found.isEmpty()) {
                return found;
            }
        } catch (CertificateException e) {
            throw new IllegalArgumentException("--ca: no certificates (PEM) in " + file, e);
        } catch (IOException e) {
            throw new IllegalArgumentException("--ca: can't read " + file, e);
        }
        throw new IllegalArgumentException("--ca: no certificates (PEM) in " + file);
    }

    /**
     * Sends a request and reads the whole response.
     *
     * @param target path and query, encoded
     * @throws IOException as thrown by the socket
     */
    ApiResponse exchange(String method, String target, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(target, JSON)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", JSON);
        }
        return answer(send(request));
    }

    /**
     * Opens a stream of events (HTML Standard §9.2), which has no end; another thread may close it.
     *
     * @param refused told of a response of another kind
     */
    Optional<EventStream> events(String target, Consumer<ApiResponse> refused)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> response = send(request(target, EVENTS));
        if (response.statusCode() == 200 && type(response).equals(EVENTS)) {
            return Optional.of(new EventStream(response.body()));
        }
        refused.accept(answer(response));
        return Optional.empty();
    }

    private ApiResponse answer(HttpResponse<InputStream> response) throws IOException {
        try (InputStream in = response.body()) {
            return new ApiResponse(
                    response.statusCode(), type(response), new String(bytes(in), StandardCharsets.UTF_8));
        }
    }

    private HttpRequest.Builder request(String target, String accepted) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + target))
                .header("Accept", accepted)
                .timeout(timeout); // for the head of the response
        token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        return request;
    }

    private HttpResponse<InputStream> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        InetAddress.getByName(
                host); // says that there is no such host; the client below only says that it can't connect
        try {
            return client.send(request.build(), BodyHandlers.ofInputStream());
        } catch (HttpTimeoutException e) {
            throw late(e);
        }
    }

    private static SocketTimeoutException late(IOException cause) {
        SocketTimeoutException late = new SocketTimeoutException(cause.getMessage());
        late.initCause(cause);
        return late;
    }

    private static String type(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Content-Type")
                .map(value -> value.split(";", 2)[0].strip())
                .orElse("");
    }

    /** Reads a body, and waits for each part of it no longer than the timeout; the client itself would wait for ever. */
    private byte[] bytes(InputStream in) throws IOException {
        try (Stall stall = new Stall(in, timeout)) {
            try {
                byte[] bytes = bytes(in, stall);
                stall.check();
                return bytes;
            } catch (IOException e) {
                stall.check();
                throw e;
            }
        }
    }

    private static byte[] bytes(InputStream in, Stall stall) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] part = new byte[8192];
        int count = in.read(part);
        while (count >= 0 && bytes.size() < MAX_BYTES) {
            stall.passed();
            bytes.write(part, 0, count);
            count = in.read(part);
        }
        return bytes.toByteArray();
    }

    /** Closes a body of which nothing arrives for a while, at which its reader ends. */
    private static final class Stall implements AutoCloseable {
        private final AtomicLong parts = new AtomicLong();
        private final Thread watch;
        private volatile boolean isLate;

        Stall(InputStream in, Duration timeout) {
            watch = Thread.ofPlatform().daemon().name("ctl timeout").start(() -> watch(in, timeout));
        }

        private void watch(InputStream in, Duration timeout) {
            try {
                long seen = -1;
                while (parts.get() != seen) {
                    seen = parts.get();
                    Thread.sleep(timeout);
                }
                isLate = true;
                in.close();
            } catch (InterruptedException | IOException e) {
                // read to its end, or ended anyway
            }
        }

        void passed() {
            parts.incrementAndGet();
        }

        void check() throws SocketTimeoutException {
            if (isLate) {
                throw new SocketTimeoutException("the response stalls");
            }
        }

        @Override
        public void close() {
            watch.interrupt();
        }
    }
}
