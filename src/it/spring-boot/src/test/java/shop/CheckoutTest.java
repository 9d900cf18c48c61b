package shop;

import static java.time.Duration.ofMinutes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.client.RestClient;

// snippet: test
@ChaosTest
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class CheckoutTest {
    @Chaos(upstream = "payments()")
    static ChaosProxy payments; // static: it has to be there before the application starts

    @DynamicPropertySource
    static void properties(DynamicPropertyRegistry registry) {
        registry.add("payments.url", payments::url);
    }
    // end

    private static final AtomicInteger REQUESTS = new AtomicInteger();
    private static final Set<String> PAID = ConcurrentHashMap.newKeySet();
    private static final HttpServer SERVER = server();

    @LocalServerPort
    int port;

    @Autowired
    CircuitBreakerRegistry breakers;

    private static HttpServer server() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/payments/", exchange -> {
                REQUESTS.incrementAndGet();
                PAID.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
                exchange.sendResponseHeaders(201, -1);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String payments() {
        return "http://127.0.0.1:" + SERVER.getAddress().getPort();
    }

    @AfterAll
    static void stop() {
        SERVER.stop(0);
    }

    // snippet: tests
    private CircuitBreaker breaker;

    @BeforeEach
    void closeTheBreaker() {
        breaker = breakers.circuitBreaker("payments");
        breaker.reset(); // tests share the application
        PAID.clear();
        REQUESTS.set(0);
    }

    private String checkout(int order) {
        return RestClient.create("http://127.0.0.1:" + port)
                .post()
                .uri("/checkout/{order}", order)
                .retrieve()
                .body(String.class);
    }

    @Test
    void paysThoughTheFirstResponseIsLost() {
        try (var lost = payments.inject(Rule.of("lost", Reset.atFirstByte()).maxHits(1))) {
            assertEquals("paid", checkout(1));
            assertEquals(1, lost.hits());
        }
        assertEquals(2, REQUESTS.get());
        assertEquals(Set.of("1"), PAID);
    }

    @Test
    void paysLaterAfterThreeAttempts() {
        try (var busy = payments.inject(Respond.of(503))) {
            assertEquals("paid later", checkout(2));
            assertEquals(3, busy.hits());
        }
        assertEquals("paid", checkout(2));
    }

    @Test
    void asksNoMoreInAnOutageAndAgainAfterIt() throws Exception {
        CountDownLatch halfOpen = new CountDownLatch(1);
        breaker.getEventPublisher().onStateTransition(event -> {
            if (event.getStateTransition().getToState() == State.HALF_OPEN) {
                halfOpen.countDown();
            }
        });
        try (var outage = payments.inject(Outage.of(ofMinutes(1)))) {
            assertEquals("paid later", checkout(3)); // three attempts, each until the read timeout
            assertEquals("paid later", checkout(4)); // one attempt, which opens the breaker
            assertEquals("paid later", checkout(5)); // none
            assertEquals(4, outage.hits());
        }
        assertTrue(halfOpen.await(60, TimeUnit.SECONDS));
        assertEquals("paid", checkout(5));
        assertEquals(State.CLOSED, breaker.getState());
    }
    // end
}
