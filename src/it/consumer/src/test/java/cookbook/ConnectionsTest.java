package cookbook;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import io.chaosproxy.junit.Seed;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

@ChaosTest
class ConnectionsTest {
    // snippet: field
    @Chaos(upstream = "postgres()")
    ChaosProxy db;

    static int postgres() {
        return Servers.postgres();
    }
    // end

    private String url(String options) {
        return "jdbc:postgresql://" + db.address() + "/postgres?user=postgres" + options;
    }

    // snippet: pool
    private HikariDataSource pool(String options) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url(options));
        config.setMaximumPoolSize(4);
        return new HikariDataSource(config);
    }

    private static int query(HikariDataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select 42")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    @Seed(42)
    void thePoolRecoversFromResets() throws Exception {
        try (HikariDataSource pool = pool("")) {
            try (var storm = db.inject(Rule.of("storm", Reset.atFirstByte()).probability(0.3))) {
                for (int i = 0; i < 10; i++) {
                    db.sever(); // resets what is open; new connections take their chance
                    assertEquals(42, queryWithRetries(pool));
                }
                assertTrue(storm.hits() > 0);
            }
            assertEquals(42, queryWithRetries(pool));
        }
    }

    private static int queryWithRetries(HikariDataSource pool) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                return query(pool);
            } catch (SQLException e) {
                if (attempt == 10) {
                    throw e;
                }
            }
        }
    }
    // end

    // snippet: stale
    @Test
    void connectionsThatWereClosedMeanwhileAreReplaced() throws Exception {
        try (HikariDataSource pool = pool("")) {
            assertEquals(42, query(pool));
            db.sever(); // as a firewall does that forgets idle connections
            Thread.sleep(600); // HikariCP does not test a connection that was used within the last 500 ms
            assertEquals(42, query(pool)); // without a retry
        }
    }
    // end

    // snippet: half-open
    @Test
    void aServerThatVanishedIsNoticed() throws Exception {
        try (HikariDataSource pool = pool("&socketTimeout=1");
                Connection open = pool.getConnection()) {
            try (var vanished = db.inject(Timeout.never())) { // no bytes pass, and neither end is told
                SQLException e = assertThrows(
                        SQLException.class, () -> open.createStatement().execute("select 1"));
                assertInstanceOf(SocketTimeoutException.class, e.getCause());
                assertTrue(open.isClosed());
            }
            assertEquals(42, query(pool));
        }
    }
    // end

    // snippet: hanging
    @Test
    void aQueryTimeoutDoesNotEndAQueryWhoseAnswerIsLost() throws Exception {
        try (Connection connection = DriverManager.getConnection(url("&socketTimeout=2&cancelSignalTimeout=1"));
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1); // the driver then asks the server, by a connection of its own, to cancel
            SQLException slow = assertThrows(SQLException.class, () -> statement.execute("select pg_sleep(60)"));
            assertEquals("57014", slow.getSQLState()); // query_canceled: the server has answered

            db.inject(Rule.of("lost", Timeout.never()).way(Directions.DOWN));
            long start = System.nanoTime();
            SQLException lost = assertThrows(SQLException.class, () -> statement.execute("select pg_sleep(60)"));
            assertTrue(System.nanoTime() - start >= ofSeconds(2).toNanos()); // only socketTimeout has ended it
            assertInstanceOf(SocketTimeoutException.class, lost.getCause());
        }
    }
    // end

    // snippet: round-trips
    @Test
    void eachQueryCostsARoundTrip() throws Exception {
        try (Connection connection = DriverManager.getConnection(url(""));
                Statement statement = connection.createStatement()) {
            db.inject(Latency.of(ofMillis(20)).onStream()); // as from another region
            long start = System.nanoTime();
            for (int id = 0; id < 50; id++) {
                statement.execute("select " + id); // one query for each row: "N+1"
            }
            long each = System.nanoTime() - start;
            assertTrue(each >= ofMillis(50 * 20).toNanos());

            start = System.nanoTime();
            statement.execute("select * from generate_series(0, 49)");
            assertTrue(System.nanoTime() - start < each / 2);
        }
    }
    // end
}
