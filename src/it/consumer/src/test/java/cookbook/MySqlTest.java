package cookbook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@ChaosTest
class MySqlTest {
    @Chaos(upstream = "mysql()")
    ChaosProxy db;

    static int mysql() {
        return Servers.mysql();
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:mysql://" + db.address() + "/shop?user=root&sslMode=DISABLED");
    }

    @BeforeEach
    void create() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("create or replace table payment (id char(3) primary key)");
        }
    }

    // snippet: mysql
    /** A transaction that may be run again: the id says whether it was run before. */
    private static void pay(Connection connection, String id) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement insert = connection.prepareStatement("insert ignore into payment values (?)")) {
            insert.setString(1, id);
            insert.execute();
        }
        connection.commit();
    }

    @Test
    void aCommitWhoseAnswerIsLostHasHappened() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            connection.createStatement().execute("insert into payment values ('p-1')");
            try (var lost = db.inject(Reset.atFirstByte())) { // of what the server sends next: the answer to the commit
                assertThrows(SQLException.class, connection::commit);
                assertEquals(1, lost.hits());
            }
        }
        try (Connection connection = connect()) {
            assertEquals(1, payments(connection)); // the client took it for failed
            pay(connection, "p-1");
            assertEquals(1, payments(connection));
        }
    }

    private static int payments(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select count(*) from payment")) {
            row.next();
            return row.getInt(1);
        }
    }
    // end
}
