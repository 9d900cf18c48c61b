package io.chaosproxy.relay;

/** What a connection needs of the proxy that accepted it. Thread-safe. */
interface ConnectionOwner {
    /** Starts a thread that the owner's close awaits. */
    Thread start(Thread.Builder builder, Runnable task);

    /** Starts a virtual thread of a connection, named after proxy, number and role. */
    default Thread spawn(Connection connection, String role, Runnable task) {
        String name = connection.proxy().name() + " #" + connection.number() + " " + role;
        return start(Thread.ofVirtual().name(name), () -> {
            try {
                task.run();
            } catch (RuntimeException | Error defect) {
                failed(connection, defect);
            }
        });
    }

    /** A thread of the connection failed by a defect. */
    void failed(Connection connection, Throwable defect);

    /** The sockets are closed; may be called more than once. */
    void closed(Connection connection);
}
