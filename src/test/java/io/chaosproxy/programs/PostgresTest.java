package io.chaosproxy.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLState;

/** PostgreSQL with its JDBC driver behind a tcp proxy. */
final class PostgresTest {
    private static EmbeddedPostgres server;
    private ProxyServer proxy;

    @BeforeAll
    static void startServer() throws IOException {
        server = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "off")
                .setServerConfig("max_connections", "20")
                .start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    @BeforeEach
    void startProxy() throws Exception {
        proxy = TestProxy.tcp(server.getPort());
        try (Connection direct = connectTo(server.getPort(), 0)) {
            execute(direct, "drop table if exists account", "create table account (id int primary key, cents int)");
        }
    }

    @AfterEach
    void closeProxy() {
        proxy.close();
    }

    @Test
    void answersQueriesInTransactions() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            try (var insert = connection.prepareStatement("insert into account values (?, ?)")) {
                for (int id = 1; id <= 1000; id++) {
                    insert.setInt(1, id);
                    insert.setInt(2, id * 3);
                    insert.addBatch();
                }
                assertEquals(1000, IntStream.of(insert.executeBatch()).sum());
            }
            connection.commit();
            execute(connection, "delete from account");
            assertEquals(0, number(connection, "select count(*) from account"));
            connection.rollback();
            assertEquals(1_501_500, number(connection, "select sum(cents) from account"));
            connection.commit();
        }
    }

    @Test
    void copiesMegabytesBothWays() throws Exception {
        String rows = "select i, i % 1000 from generate_series(1, 300000) i";
        ByteArrayOutputStream copied = new ByteArrayOutputStream();
        try (Connection connection = connect()) {
            var copy = connection.unwrap(PGConnection.class).getCopyAPI();
            assertEquals(300_000, copy.copyOut("copy (" + rows + ") to stdout", copied));
            copy.copyIn("copy account from stdin", new ByteArrayInputStream(copied.toByteArray()));
            assertEquals(0, number(connection, "select count(*) from (" + rows + " except table account) missing"));
            assertEquals(300_000, number(connection, "select count(*) from account"));
        }
        StringBuilder expected = new StringBuilder();
        for (int i = 1; i <= 300_000; i++) {
            expected.append(i).append('\t').append(i % 1000).append('\n');
        }
        assertArrayEquals(expected.toString().getBytes(US_ASCII), copied.toByteArray());
        assertTrue(proxy.traffic().bytes(Direction.UP) > copied.size(), "it went up through the proxy");
        assertTrue(proxy.traffic().bytes(Direction.DOWN) > copied.size(), "and down");
    }

    @Test
    void deliversWhatTheServerSendsUnasked() throws Exception {
        try (Connection listener = connect();
                Connection sender = connect()) {
            execute(listener, "listen news");
            PGConnection driver = listener.unwrap(PGConnection.class);
            for (String message : List.of("one", "two", "three")) {
                execute(sender, "notify news, '" + message + "'");
                assertEquals(message, next(driver));
            }
        }
    }

    @Test
    void addsTheLatencyToEachRoundTrip() throws Exception {
        try (Connection connection = connect()) {
            assertTrue(fastest(connection) < 500, "quick without a fault");
            inject(Latency.of(Duration.ofMillis(500)).onStream());
            double millis = fastest(connection);
            assertTrue(millis >= 500 && millis < 1000, "one latency a query, not " + millis + " ms");
            proxy.plan(Plan.CLEAN);
            assertTrue(fastest(connection) < 500, "quick again");
        }
    }

    @Test
    void timesOutWhereNothingComesBack() throws Exception {
        try (Connection connection = connect(1)) {
            inject(Timeout.never());
            SQLException e = assertThrows(SQLException.class, () -> number(connection, "select 1"));
            assertInstanceOf(SocketTimeoutException.class, e.getCause());
            assertTrue(connection.isClosed(), "the driver gave the connection up");
        }
        assertThrows(SQLException.class, () -> connect(1), "a new one gets no further");
        proxy.plan(Plan.CLEAN);
        try (Connection connection = connect()) {
            assertEquals(1, number(connection, "select 1"));
        }
    }

    @Test
    void breaksWithTheDriversConnectionErrorWhenReset() throws Exception {
        try (Connection connection = connect()) {
            inject(Reset.at(Reset.At.FIRST_BYTE));
            SQLException e = assertThrows(SQLException.class, () -> number(connection, "select 1"));
            assertEquals(PSQLState.CONNECTION_FAILURE.getState(), e.getSQLState());
            assertTrue(String.valueOf(e.getCause()).contains("reset"), "by RST: " + e.getCause());
            assertFalse(connection.isValid(1));
        }
        SQLException e = assertThrows(SQLException.class, this::connect);
        assertTrue(PSQLState.isConnectionError(e.getSQLState()), e.getSQLState());
        proxy.plan(Plan.CLEAN);
        try (Connection connection = connect()) {
            assertEquals(1, number(connection, "select 1"));
        }
    }

    /** What was not committed is gone with the connection, as with any client that vanishes. */
    @Test
    void leavesNothingOfATransactionThatWasReset() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            execute(connection, "insert into account values (1, 100)");
            inject(Reset.at(Reset.At.REQUEST));
            assertThrows(SQLException.class, connection::commit);
        }
        proxy.plan(Plan.CLEAN);
        try (Connection connection = connect()) {
            assertEquals(0, number(connection, "select count(*) from account"));
        }
    }

    @Test
    void goesOnWithTheSameDataAfterAnOutage() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            execute(connection, "insert into account select i, i from generate_series(1, 100000) i");
            inject(Outage.of(Duration.ofMillis(400)));
            long start = System.nanoTime();
            int rows = 0;
            try (Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery("select id, cents from account order by id")) {
                while (result.next()) {
                    rows++;
                    assertEquals(rows, result.getInt(1));
                    assertEquals(rows, result.getInt(2));
                }
            }
            connection.commit();
            assertEquals(100_000, rows);
            assertTrue(millisSince(start) >= 400, "it was held up");
            assertTrue(proxy.common().journal().hits("tcp", "outage") > 0);
            proxy.plan(Plan.CLEAN);
            assertEquals(100_000, number(connection, "select count(*) from account"));
            assertEquals(1, proxy.traffic().connections(), "on one connection all along");
        }
    }

    private void inject(Fault fault) {
        proxy.plan(Plan.of(TestProxy.rule(fault)));
    }

    private Connection connect() throws SQLException {
        return connect(0);
    }

    private Connection connect(int timeoutSeconds) throws SQLException {
        return connectTo(proxy.address().getPort(), timeoutSeconds);
    }

    private static Connection connectTo(int port, int timeoutSeconds) throws SQLException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"127.0.0.1"});
        source.setPortNumbers(new int[] {port});
        source.setUser("postgres");
        source.setDatabaseName("postgres");
        source.setSocketTimeout(timeoutSeconds); // 0 for never
        source.setLoginTimeout(10);
        return source.getConnection();
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static long number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            assertTrue(result.next());
            return result.getLong(1);
        }
    }

    private static String next(PGConnection listener) throws SQLException {
        PGNotification[] arrived = listener.getNotifications(10_000);
        assertEquals(1, arrived.length);
        return arrived[0].getParameter();
    }

    /** Milliseconds of the fastest of some queries: a busy machine makes some slower, never one faster. */
    private static double fastest(Connection connection) throws SQLException {
        double fastest = Double.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            long start = System.nanoTime();
            number(connection, "select 1");
            fastest = Math.min(fastest, millisSince(start));
        }
        return fastest;
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }
}
