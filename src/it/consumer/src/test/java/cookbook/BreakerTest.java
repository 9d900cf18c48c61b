package cookbook;

import static java.net.http.HttpResponse.BodyHandlers.discarding;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

@ChaosTest
class BreakerTest {
    private static final HttpServer SERVER = Servers.web(exchange -> {
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    });

    @Chaos(upstream = "prices()")
    ChaosProxy prices;

    static String prices() {
        return Servers.url(SERVER);
    }

    @AfterAll
    static void stop() {
        SERVER.stop(0);
    }

    private final HttpClient client = HttpClient.newHttpClient();

    // snippet: breaker
    private final CircuitBreaker breaker = CircuitBreaker.of(
            "prices",
            CircuitBreakerConfig.custom()
                    .slidingWindowSize(3)
                    .minimumNumberOfCalls(3)
                    .slowCallDurationThreshold(ofMillis(200))
                    .waitDurationInOpenState(ofMillis(200))
                    .automaticTransitionFromOpenToHalfOpenEnabled(true)
                    .permittedNumberOfCallsInHalfOpenState(1)
                    .build());

    private int price(Duration timeout) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(prices.url() + "/price"))
                .timeout(timeout)
                .build();
        return breaker.executeCallable(() -> client.send(request, discarding()).statusCode());
    }

    @Test
    void opensInAnOutageAndClosesAfterIt() throws Exception {
        CountDownLatch halfOpen = new CountDownLatch(1);
        breaker.getEventPublisher().onStateTransition(event -> {
            if (event.getStateTransition().getToState() == State.HALF_OPEN) {
                halfOpen.countDown();
            }
        });
        try (var outage = prices.inject(Outage.of(ofMinutes(1)))) {
            for (int i = 0; i < 3; i++) {
                assertThrows(HttpTimeoutException.class, () -> price(ofSeconds(2)));
            }
            assertThrows(CallNotPermittedException.class, () -> price(ofSeconds(2)));
            assertEquals(3, outage.hits()); // the fourth call was not sent
        }
        assertTrue(halfOpen.await(60, TimeUnit.SECONDS));
        assertEquals(200, price(ofSeconds(30)));
        assertEquals(State.CLOSED, breaker.getState());
    }

    @Test
    void opensWhereResponsesAreOnlySlow() throws Exception {
        prices.inject(Latency.of(ofMillis(250)));
        for (int i = 0; i < 3; i++) {
            assertEquals(200, price(ofSeconds(30))); // no call fails
        }
        assertEquals(3, prices.journal().hits("latency"));
        assertEquals(State.OPEN, breaker.getState());
    }
    // end
}
