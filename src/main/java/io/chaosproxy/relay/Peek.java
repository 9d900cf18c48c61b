package io.chaosproxy.relay;

import io.chaosproxy.net.Transport;
import io.chaosproxy.observe.EndCause;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Examines the first bytes of a connection before they are relayed, and answers them if they are for the proxy itself. Confined to the
 * connection's thread.
 */
public final class Peek {
    /** How long a client may take for what is waited for. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int FIRST_LOOK = 2048;

    private final ConnectionSockets sockets;
    private final ConnectionTeardown teardown;
    private final ConnectionTasks tasks;
    private final Consumer<String> warn;

    /**
     * Nothing read yet.
     *
     * @param warn logs what a person may have to look at
     */
    Peek(ConnectionSockets sockets, ConnectionTeardown teardown, ConnectionTasks tasks, Consumer<String> warn) {
        this.sockets = sockets;
        this.teardown = teardown;
        this.tasks = tasks;
        this.warn = warn;
    }

    /** The client's socket, or TLS over it. */
    Transport client() {
        return sockets.client();
    }

    /**
     * Reads until enough is there or the stream ends, and puts everything back. A client that takes longer than {@link #PATIENCE}
     * loses its connection, and the log says so.
     *
     * @param timer role of the thread that ends it
     * @param awaited noun for what is waited for, for the log
     * @param enough asked with all bytes that have come, from position to limit
     * @return all bytes that have come
     * @throws SocketTimeoutException if the client takes too long
     */
    public ByteBuffer at(String timer, String awaited, Predicate<ByteBuffer> enough) throws IOException {
        AtomicBoolean decided = new AtomicBoolean(); // over, or out of time
        AtomicBoolean late = new AtomicBoolean();
        tasks.spawn(timer, () -> {
            if (tasks.pause(PATIENCE, () -> !decided.get()) && decided.compareAndSet(false, true)) {
                late.set(true);
                teardown.close(EndCause.HANDSHAKE_TIMEOUT);
            }
        });
        try {
            ByteBuffer bytes = until(enough, () -> true);
            if (!late.get()) {
                return bytes;
            }
        } catch (IOException e) {
            if (!late.get()) {
                throw e;
            }
        } finally {
            decided.set(true);
            tasks.changed();
        }
        throw timedOut(awaited + " was not complete within " + PATIENCE.toSeconds() + " s");
    }

    /**
     * Ends the connection of a client that has taken too long.
     *
     * @return what to throw
     */
    public SocketTimeoutException timedOut(String reason) {
        warn.accept(reason);
        teardown.close(EndCause.HANDSHAKE_TIMEOUT);
        return new SocketTimeoutException(reason);
    }

    /**
     * Reads until enough is there, the stream ends, or the wait is not wanted any more, and puts everything back.
     *
     * @param enough asked with all bytes that have come, from position to limit
     * @param wanted asked before each wait, and after {@link Transport#wakeReader}
     * @return all bytes that have come
     */
    public ByteBuffer until(Predicate<ByteBuffer> enough, BooleanSupplier wanted) throws IOException {
        Transport client = client();
        ByteBuffer first = ByteBuffer.allocate(FIRST_LOOK);
        client.beginReading();
        try {
            while (!enough.test(first.duplicate().flip())) {
                client.await(wanted);
                if (!wanted.getAsBoolean()) {
                    break;
                }
                if (!first.hasRemaining()) {
                    first = ByteBuffer.allocate(2 * first.capacity()).put(first.flip());
                }
                if (client.read(first) < 0) {
                    break;
                }
            }
            ByteBuffer all = first.flip();
            client.putBack(all.duplicate());
            return all;
        } finally {
            client.endReading();
        }
    }

    /** Removes this many bytes, which have been examined, from the connection. */
    public void take(int count) throws IOException {
        ByteBuffer taken = ByteBuffer.allocate(count);
        Transport client = client();
        client.beginReading();
        try {
            while (taken.hasRemaining() && client.read(taken) >= 0) {
                // they are there already
            }
        } finally {
            client.endReading();
        }
    }

    /** Puts bytes back that have been read behind those for the proxy. */
    public void putBack(ByteBuffer bytes) {
        Transport client = client();
        client.beginReading();
        try {
            client.putBack(bytes);
        } finally {
            client.endReading();
        }
    }

    /** Sends bytes of the proxy itself, past all rules. */
    public void reply(ByteBuffer bytes) throws IOException {
        Transport client = client();
        while (bytes.hasRemaining()) {
            client.write(bytes, () -> true);
        }
    }

    /**
     * Ends the connection of a client that sent something else. What it still sends is read away, or the kernel would turn the
     * end into a reset, which overtakes what the client was told, such as an alert of TLS.
     *
     * @return what to throw
     */
    public IOException refused(String reason) {
        warn.accept(reason);
        teardown.closeInOrder(EndCause.PROTOCOL_ERROR);
        return new IOException(reason);
    }
}
