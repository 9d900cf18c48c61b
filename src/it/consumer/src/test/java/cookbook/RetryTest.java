package cookbook;

import static java.net.http.HttpResponse.BodyHandlers.discarding;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

@ChaosTest
class RetryTest {
    private static final AtomicInteger REQUESTS = new AtomicInteger();
    private static final Set<String> PAYMENTS = ConcurrentHashMap.newKeySet();
    private static final HttpServer SERVER = Servers.web(exchange -> {
        REQUESTS.incrementAndGet();
        PAYMENTS.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
        exchange.sendResponseHeaders(201, -1);
        exchange.close();
    });

    @Chaos(upstream = "payments()")
    ChaosProxy payments;

    static String payments() {
        return Servers.url(SERVER);
    }

    @AfterAll
    static void stop() {
        SERVER.stop(0);
    }

    // snippet: retry
    private final HttpClient client = HttpClient.newHttpClient();
    private final Retry retry = Retry.of(
            "payments",
            RetryConfig.custom()
                    .maxAttempts(3)
                    .intervalFunction(IntervalFunction.ofExponentialBackoff(100, 2)) // 100 ms, 200 ms
                    .build());

    private int pay() throws Exception {
        HttpRequest payment = HttpRequest.newBuilder(URI.create(payments.url() + "/payments"))
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .timeout(ofSeconds(10))
                .POST(BodyPublishers.noBody())
                .build();
        return retry.executeCallable(() -> {
            int status = client.send(payment, discarding()).statusCode();
            if (status >= 500) {
                throw new IOException("status " + status);
            }
            return status;
        });
    }

    @Test
    void waitsLongerEachTimeAndGivesUpAfterThreeAttempts() {
        payments.inject(Respond.of(503));
        assertThrows(IOException.class, this::pay);
        List<Instant> attempts = payments.journal().hits().stream().map(Hit::at).toList();
        assertEquals(3, attempts.size());
        assertTrue(Duration.between(attempts.get(0), attempts.get(1)).toMillis() >= 100);
        assertTrue(Duration.between(attempts.get(1), attempts.get(2)).toMillis() >= 200);
    }

    @Test
    void paysOnceThoughTheResponseWasLost() throws Exception {
        REQUESTS.set(0);
        PAYMENTS.clear();
        payments.inject(Rule.of("lost", Reset.atFirstByte()).maxHits(1)); // the payment was made, nothing came back
        assertEquals(201, pay());
        assertEquals(2, REQUESTS.get());
        assertEquals(1, PAYMENTS.size()); // both with the same key
    }
    // end
}
