package io.chaosproxy.neverhangs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A client of the control plane that looks at the clock. */
final class Calls implements AutoCloseable {
    private final URI control;
    private final HttpClient client = HttpClient.newHttpClient();

    Calls(URI control) {
        this.control = control;
    }

    /**
     * Calls and expects a success.
     *
     * @return milliseconds until the whole answer was there
     */
    double timed(String method, String path, String body) throws IOException, InterruptedException {
        long start = System.nanoTime();
        call(method, path, body);
        return (System.nanoTime() - start) / 1e6;
    }

    /** Calls and expects a success; returns the body of the answer. */
    String call(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(method, path, body);
        assertTrue(answer.statusCode() / 100 == 2, method + " " + path + ": " + answer.statusCode() + answer.body());
        return answer.body();
    }

    private HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(control.resolve(path))
                .method(method, BodyPublishers.ofString(body))
                .timeout(Duration.ofSeconds(60))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    /** Calls; returns the status. */
    int status(String method, String path, String body) {
        return Integer.parseInt(answer(method, path, body).substring(0, 3));
    }

    /** Calls; returns status and body. */
    String answer(String method, String path, String body) {
        try {
            HttpResponse<String> answer = send(method, path, body);
            return answer.statusCode() + " " + answer.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Where a proxy listens. */
    InetSocketAddress address(String proxy) throws IOException, InterruptedException {
        URI listen = URI.create("tcp://"
                + ConfigFactory.parseString(call("GET", "/api/v1/proxies/" + proxy, ""))
                        .getString("listen"));
        return new InetSocketAddress(listen.getHost(), listen.getPort());
    }

    @Override
    public void close() {
        client.close();
    }
}
