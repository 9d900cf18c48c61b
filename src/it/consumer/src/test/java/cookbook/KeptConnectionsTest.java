package cookbook;

import static java.net.http.HttpResponse.BodyHandlers.discarding;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

@ChaosTest
class KeptConnectionsTest {
    private static final HttpServer SERVER = Servers.web(exchange -> {
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    });

    @Chaos(upstream = "web()")
    ChaosProxy web;

    static String web() {
        return Servers.url(SERVER);
    }

    @AfterAll
    static void stop() {
        SERVER.stop(0);
    }

    // snippet: kept
    @Test
    void javasClientRepeatsAGetButNoPost() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest get = HttpRequest.newBuilder(URI.create(web.url())).build();
        HttpRequest post = HttpRequest.newBuilder(URI.create(web.url()))
                .POST(BodyPublishers.ofString("order"))
                .build();
        assertEquals(200, client.send(get, discarding()).statusCode()); // its connection is kept

        web.inject(Rule.of("stale", Reset.atRequest()).maxHits(1));
        assertEquals(200, client.send(get, discarding()).statusCode()); // sent again, on a new connection

        web.clear();
        web.inject(Rule.of("stale", Reset.atRequest()).maxHits(1));
        assertThrows(IOException.class, () -> client.send(post, discarding()));
    }
    // end
}
