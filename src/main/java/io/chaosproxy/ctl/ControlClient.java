package io.chaosproxy.ctl;

import io.chaosproxy.text.PlainText;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;

/** Client of the control API. Errors are one-line messages that name the server. Confined to one thread. */
final class ControlClient {
    /** Default timeout for connecting and for each read. */
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final String API = "/api/v1";

    private final String url;
    private final boolean hasToken;
    private final HttpTransport transport;
    private boolean everywhere;

    private ControlClient(String url, boolean hasToken, HttpTransport transport) {
        this.url = url;
        this.hasToken = hasToken;
        this.transport = transport;
    }

    /**
     * Creates a client; does not connect yet.
     *
     * @param authority a file of certificates (PEM) to trust in place of the JDK's
     * @throws IllegalArgumentException if the URL is invalid, or the file has no certificates
     * @throws IOException if the certificates can't be trusted
     */
    static ControlClient at(String url, Optional<String> token, Optional<Path> authority, Duration timeout)
            throws IOException {
        String base = base(url);
        return new ControlClient(base, token.isPresent(), new HttpTransport(base, token, authority, timeout));
    }

    /** Validates the URL and removes a trailing slash. */
    private static String base(String url) {
        try {
            URI uri = new URI(url);
            String scheme = String.valueOf(uri.getScheme());
            if ((scheme.equals("http") || scheme.equals("https"))
                    && uri.getHost() != null
                    && (uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null) {
                return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
            }
        } catch (URISyntaxException e) {
            // reported below
        }
        throw new IllegalArgumentException(
                "the URL must be like http://127.0.0.1:8474, not \"" + PlainText.withoutUser(url) + "\"");
    }

    /** Makes changes on all replicas of the server's cluster from now on. */
    ControlClient everywhere(boolean all) {
        everywhere = all;
        return this;
    }

    String url() {
        return url;
    }

    ApiResponse get(String... path) throws IOException {
        return call("GET", "", path(path));
    }

    /** Request with a query string; parameters without a value are omitted. */
    ApiResponse get(Map<String, Optional<String>> query, String... path) throws IOException {
        return call("GET", "", path(path) + query(query));
    }

    ApiResponse put(String body, String... path) throws IOException {
        return call("PUT", body, changing(path));
    }

    ApiResponse put(Map<String, Optional<String>> query, String body, String... path) throws IOException {
        return call("PUT", body, path(path) + query(query));
    }

    ApiResponse patch(String body, String... path) throws IOException {
        return call("PATCH", body, changing(path));
    }

    ApiResponse post(String... path) throws IOException {
        return call("POST", "", changing(path));
    }

    ApiResponse delete(String... path) throws IOException {
        return call("DELETE", "", changing(path));
    }

    ApiResponse delete(Map<String, Optional<String>> query, String... path) throws IOException {
        return call("DELETE", "", path(path) + query(query));
    }

    /** Path of a change, on all replicas of a cluster if that is wanted. */
    private String changing(String... path) {
        return path(path) + (everywhere ? "?scope=cluster" : "");
    }

    private static String path(String... segments) {
        StringBuilder path = new StringBuilder(API);
        for (String segment : segments) {
            path.append('/').append(encoded(segment));
        }
        return path.toString();
    }

    private static String query(Map<String, Optional<String>> query) {
        List<String> given = new ArrayList<>();
        query.forEach((name, value) -> value.ifPresent(text -> given.add(name + "=" + encoded(text))));
        return given.isEmpty() ? "" : "?" + given.stream().sorted().collect(Collectors.joining("&"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * Sends a request and checks the response.
     *
     * @throws ErrorResponseException for an error response
     * @throws IOException if the server is unreachable, times out or is not a chaos-proxy
     */
    private ApiResponse call(String method, String body, String target) throws IOException {
        ApiResponse answer = attempt(() -> transport.exchange(method, target, body));
        check(answer, answer.isOurs());
        return answer;
    }

    /** Response that is plain text if it is a success. */
    String text(String... path) throws IOException {
        ApiResponse answer = attempt(() -> transport.exchange("GET", path(path), ""));
        check(answer, answer.isSuccess() ? answer.type().equals("text/plain") : answer.isOurs());
        return answer.body();
    }

    /** Opens the stream of events. */
    EventStream events(Map<String, Optional<String>> query) throws IOException {
        AtomicReference<ApiResponse> refusal = new AtomicReference<>();
        Optional<EventStream> stream = attempt(() -> transport.events(path("events") + query(query), refusal::set));
        ApiResponse answer = refusal.get();
        if (answer != null) {
            check(answer, answer.isOurs());
        }
        return stream.orElseThrow(() -> new IOException(url + " has no stream of events"));
    }

    private <T> T attempt(Attempt<T> attempt) throws IOException {
        try {
            return attempt.make();
        } catch (IOException e) {
            throw new IOException(complaint(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(url + " was not waited for any longer");
        }
    }

    @FunctionalInterface
    private interface Attempt<T> {
        T make() throws IOException, InterruptedException;
    }

    private void check(ApiResponse answer, boolean isOurs) throws IOException {
        if (!isOurs) {
            String type = answer.type().isEmpty() ? "" : " " + answer.type();
            throw new IOException(url + " is no control plane of chaos-proxy: it answers " + answer.status() + type);
        }
        if (answer.status() == 401) {
            throw new IOException(url
                    + (hasToken ? " refuses this token" : " wants a token: set CHAOS_PROXY_TOKEN, or give --token"));
        }
        if (!answer.isSuccess()) {
            throw new ErrorResponseException(answer);
        }
    }

    private String complaint(IOException e) {
        return switch (e) {
            case SocketTimeoutException late -> url + " didn't answer in time";
            case InterruptedIOException interrupted -> url + " was not waited for any longer";
            case UnknownHostException unknown -> url + " can't be reached: there is no such host";
            case ConnectException none ->
                url + " can't be reached: " + reason(none) + "; is chaos-proxy running there?";
            case SSLException untrusted -> url + " can't be trusted: " + reason(untrusted);
            default -> "no answer of " + url + ": " + reason(e);
        };
    }

    /** First line of the exception's message. */
    private static String reason(IOException e) {
        Throwable found = e;
        while (found.getMessage() == null && found.getCause() != null) {
            found = found.getCause();
        }
        String message = found.getMessage();
        return message == null
                ? e instanceof ConnectException
                        ? "Connection refused"
                        : e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
