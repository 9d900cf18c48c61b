package cookbook;

import static java.net.http.HttpResponse.BodyHandlers.ofByteArray;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import io.chaosproxy.junit.Profile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

@ChaosTest
class MobileTest {
    private static final HttpServer SERVER = Servers.web(exchange -> {
        exchange.sendResponseHeaders(200, 100_000);
        exchange.getResponseBody().write(new byte[100_000]);
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

    // snippet: mobile
    @Test
    @Profile("3g")
    void theStartPageIsThereInTime() throws Exception {
        HttpRequest page = HttpRequest.newBuilder(URI.create(web.url())).build();
        long start = System.nanoTime();
        HttpResponse<byte[]> response = HttpClient.newHttpClient().send(page, ofByteArray());
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        assertEquals(100_000, response.body().length);
        assertTrue(took.compareTo(ofMillis(300 + 450)) >= 0, took::toString); // 300 ms, then 200,000 bytes a second
        assertTrue(took.compareTo(ofSeconds(10)) < 0, took::toString); // what the users were promised
    }
    // end
}
