package io.chaosproxy.relay;

import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.observe.EndCause;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** The open connections of a proxy. Thread-safe; nothing in here waits. */
final class OpenConnections {
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

    void add(Connection connection) {
        connections.add(connection);
    }

    /** Removes one; false if it has been removed before. */
    boolean remove(Connection connection) {
        return connections.remove(connection);
    }

    /** Those that are open at this moment. */
    Collection<Connection> all() {
        return List.copyOf(connections);
    }

    Stream<Connection> stream() {
        return connections.stream();
    }

    /** Ends them at once. */
    void stop(EndCause cause) {
        connections.forEach(connection -> stop(connection, cause));
    }

    /** Resets them, and returns how many there were. */
    int reset(EndCause cause) {
        Collection<Connection> open = all();
        open.forEach(connection -> connection.teardown().reset(cause));
        return open.size();
    }

    /** Tells them the plan that is in force from now on. */
    void planChanged(ActivePlan plan) {
        connections.forEach(connection -> connection.planChanged(plan));
    }

    /** Makes their waits look again. */
    void wake() {
        connections.forEach(Connection::changed);
    }

    /** Whether one of them is about to adopt the plan in force. */
    boolean areSettling() {
        return connections.stream().anyMatch(connection -> connection.isSettling());
    }

    /** The longest of these times of each; 0 without connections. */
    long longest(ToLongFunction<Connection> time) {
        long longest = 0;
        for (Connection connection : connections) {
            longest = Math.max(longest, time.applyAsLong(connection));
        }
        return longest;
    }

    /**
     * Ends a connection at once, for a reason of the proxy's own. What its ends can't know to be incomplete by themselves is
     * reset: a stream of which bytes are held here, since a FIN would tell the receiver that it has the whole stream, and a response that only the
     * end of the connection ends.
     */
    static void stop(Connection connection, EndCause cause) {
        if (connection.activity().endsWithConnection() || connection.holdsBytes()) {
            connection.teardown().reset(cause);
        } else {
            connection.teardown().close(cause);
        }
    }
}
