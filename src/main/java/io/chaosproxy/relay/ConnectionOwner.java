package io.chaosproxy.relay;

/**
 * Services that a connection needs of the proxy that accepted it. Thread-safe.
 *
 * @param <C> the type of connection
 */
interface ConnectionOwner<C> {
    /** Starts a thread that the owner's close awaits. */
    Thread start(Thread.Builder builder, Runnable task);

    /** Starts a virtual thread of a connection. */
    default Thread spawn(C connection, String name, Runnable task) {
        return start(Thread.ofVirtual().name(name), () -> {
            try {
                task.run();
            } catch (RuntimeException | Error defect) {
                failed(connection, defect);
            }
        });
    }

    /** A connection has connected to its upstream, by this socket. */
    void dialled(C connection, SocketPair upstream);

    /** A connection has left its upstream, to which this socket led. */
    void left(C connection, SocketPair upstream);

    /** A thread of the connection failed by a defect. */
    void failed(C connection, Throwable defect);

    /** The sockets are closed; may be called more than once. */
    void closed(C connection);
}
