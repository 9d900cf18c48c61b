package cookbook;

import static java.net.http.HttpResponse.BodyHandlers.discarding;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** A node of a store that keeps what most of its nodes have: it takes a write that at least one of two peers confirms. */
final class Node implements AutoCloseable {
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<URI> peers = new CopyOnWriteArrayList<>();
    private final HttpServer server = Servers.web(this::serve, Thread::startVirtualThread);

    String url() {
        return Servers.url(server);
    }

    void connect(String peer) {
        peers.add(URI.create(peer + "/replicate"));
    }

    private void serve(HttpExchange exchange) throws IOException {
        boolean write = exchange.getRequestURI().getPath().equals("/write");
        exchange.sendResponseHeaders(!write ? 204 : confirmed() ? 201 : 503, -1);
        exchange.close();
    }

    /** Asks all peers at once; the first that confirms is enough. */
    private boolean confirmed() {
        BlockingQueue<Boolean> answers = new LinkedBlockingQueue<>();
        peers.forEach(peer -> Thread.startVirtualThread(() -> answers.add(confirms(peer))));
        try {
            for (int i = 0; i < peers.size(); i++) {
                if (answers.take()) {
                    return true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private boolean confirms(URI peer) {
        HttpRequest request =
                HttpRequest.newBuilder(peer).timeout(Duration.ofSeconds(2)).build();
        try {
            return client.send(request, discarding()).statusCode() == 204;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
