package shop;

import static java.net.http.HttpResponse.BodyHandlers.discarding;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import io.chaosproxy.junit.Seed;
import io.chaosproxy.junit.Tls;
import io.chaosproxy.junit.Trusting;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.sql.Connection;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@ChaosTest
@Isolated // its time limits are short
class ShopTest {
    private static final EmbeddedPostgres POSTGRES = Shop.postgres();
    private static final HttpServer WEB = Shop.web();

    // snippet: fields
    @Chaos(upstream = "postgres()")
    ChaosProxy db;

    @Chaos(upstream = "web()")
    ChaosProxy web;

    static int postgres() {
        return POSTGRES.getPort();
    }

    static String web() {
        return "http://127.0.0.1:" + WEB.getAddress().getPort();
    }
    // end

    @AfterAll
    static void stop() {
        WEB.stop(0);
    }

    private static Retry patient(int attempts) {
        return Retry.of(
                "patient",
                RetryConfig.custom()
                        .maxAttempts(attempts)
                        .waitDuration(ofMillis(10))
                        .build());
    }

    // snippet: pool
    @Test
    @Seed(42)
    void thePoolSurvivesAResetStorm() throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://" + db.address() + "/postgres?user=postgres");
        config.setMaximumPoolSize(4);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            try (var storm = db.inject(Rule.of("storm", Reset.atFirstByte()).probability(0.3))) {
                for (int i = 0; i < 10; i++) {
                    db.sever(); // what is open; new connections take their chance
                    assertTrue(patient(10).executeCallable(() -> checkout(pool)));
                }
                assertTrue(storm.hits() > 0);
            }
            assertTrue(checkout(pool)); // at once, when the storm is over
        }
    }

    private static boolean checkout(HikariDataSource pool) throws Exception {
        try (Connection connection = pool.getConnection()) {
            return connection.createStatement().execute("select 1");
        }
    }
    // end

    // snippet: retry
    @Test
    void theClientTriesThreeTimesAndNoMore() throws Exception {
        Callable<Integer> buy = () -> patient(3).executeCallable(() -> Shop.buy(web.url()));
        try (var busy = web.inject(Respond.of(503))) {
            assertThrows(IOException.class, buy::call);
            assertEquals(3, busy.hits());
        }
        try (var twice = web.inject(Rule.of("twice", Respond.of(503)).when(Match.ANY.first(2)))) {
            assertEquals(200, buy.call());
            assertEquals(2, twice.hits());
        }
        assertEquals(3 + 3, web.traffic().exchanges());
    }
    // end

    // snippet: breaker
    @Test
    void theBreakerOpensInAnOutageAndClosesAfterIt() throws Exception {
        CircuitBreaker breaker = CircuitBreaker.of(
                "buy",
                CircuitBreakerConfig.custom()
                        .slidingWindowSize(3)
                        .minimumNumberOfCalls(3)
                        .permittedNumberOfCallsInHalfOpenState(1)
                        .waitDurationInOpenState(ofMillis(200))
                        .build());
        Callable<Integer> buy = breaker.decorateCallable(() -> Shop.buy(web.url()));
        try (var outage = web.inject(Outage.of(ofMinutes(1)))) {
            for (int i = 0; i < 3; i++) {
                assertThrows(IOException.class, buy::call);
            }
            assertThrows(CallNotPermittedException.class, buy::call);
            assertEquals(3, outage.hits()); // the fourth call never left
        }
        Thread.sleep(250);
        assertEquals(200, buy.call());
        assertEquals(CircuitBreaker.State.CLOSED, breaker.getState());
    }
    // end

    // snippet: tls
    @Test
    void theClientRejectsAnExpiredCertificate(
            @Chaos(upstream = "web()", tls = @Tls) ChaosProxy secured, @Trusting SSLContext trust) throws Exception {
        HttpClient client = HttpClient.newBuilder().sslContext(trust).build();
        HttpRequest buy =
                HttpRequest.newBuilder(URI.create(secured.url() + "/buy")).build();
        assertEquals(200, client.send(buy, discarding()).statusCode());
        secured.sever(); // certificates are shown on new connections
        try (var expired = secured.inject(BadCertificate.expired())) {
            assertThrows(SSLHandshakeException.class, () -> client.send(buy, discarding()));
            assertEquals(1, expired.hits());
        }
    }
    // end
}
