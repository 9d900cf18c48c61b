package shop;

import com.sun.net.httpserver.HttpServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** The services that a shop calls, as its tests start them. */
public final class Shop {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private Shop() {}

    /** A PostgreSQL for all tests, which ends with the JVM. */
    public static EmbeddedPostgres postgres() {
        return Postgres.SERVER;
    }

    private static final class Postgres {
        static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "off")
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** A web server that sells whatever it is asked for. */
    static HttpServer web() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One call with a time limit; a status of 500 and more is a failure. */
    static int buy(String url) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/buy"))
                .timeout(Duration.ofMillis(500))
                .build();
        int status = CLIENT.send(request, BodyHandlers.discarding()).statusCode();
        if (status >= 500) {
            throw new IOException("status " + status);
        }
        return status;
    }
}
