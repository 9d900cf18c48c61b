package io.chaosproxy.control;

import io.chaosproxy.flow.OutOfMemory;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.NioSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.socket.SocketWriter;
import io.helidon.common.socket.TlsNioSocket;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the control plane, on which Helidon serves HTTP/1.1, with a time limit for each wait: between requests,
 * for a whole head, for the body after it, and for each write.
 *
 * <p>Served by a platform thread of its own, which the kernel gives its share of the processors however busy the carriers of
 * virtual threads are: who has put a fault in force that takes all of them can take it back. Any thread may close it.
 */
final class ControlConnection implements ConnectionContext {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.control");

    /**
     * Time limits for the waits of a connection.
     *
     * @param idle without the first byte of a request
     * @param head from there to its end, the TLS handshake included
     * @param body from there to its end
     * @param write for a write that the client doesn't read
     */
    record Timeouts(Duration idle, Duration head, Duration body, Duration write) {
        static final Timeouts DEFAULTS = new Timeouts(
                Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(30));
    }

    private enum Phase {
        IDLE,
        HEAD,
        /** From the end of the head to the end of the answer; the body is read meanwhile. */
        ANSWER
    }

    private final SocketChannel channel;
    private final HelidonSocket socket;
    private final ListenerContext listener;
    private final Router router;
    private final ServerConnectionSelector protocol;
    private final Timeouts timeouts;
    private final DataReader reader = DataReader.create(this::read);
    private final DataWriter writer;
    private final Thread thread;
    private volatile Phase phase;
    private volatile long since = System.nanoTime(); // of the phase
    private volatile boolean reading;
    private volatile long writingSince; // 0 if it doesn't
    private Runnable onEnd = () -> {};

    /** A connection that is not served yet; {@code tls} is null without TLS. */
    ControlConnection(
            SocketChannel channel,
            String id,
            @Nullable SSLEngine tls,
            ListenerContext listener,
            Router router,
            ServerConnectionSelector protocol,
            Timeouts timeouts) {
        this.channel = channel;
        this.socket = tls == null
                ? NioSocket.server(channel, id, "control")
                : TlsNioSocket.server(channel, tls, id, "control");
        this.listener = listener;
        this.router = router;
        this.protocol = protocol;
        this.timeouts = timeouts;
        this.writer = new TimedWriter(SocketWriter.create(socket));
        this.phase = tls == null ? Phase.IDLE : Phase.HEAD; // a handshake is the client's business to begin
        this.thread = Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name("control #" + id)
                .unstarted(this::serve);
    }

    /** Runs when the connection has ended, on its thread; to be set before the start. */
    void onEnd(Runnable action) {
        onEnd = action;
    }

    void start() {
        thread.start();
    }

    void join() throws InterruptedException {
        thread.join(Duration.ofSeconds(1));
    }

    private void serve() {
        try {
            protocol.connection(this).handle(FixedLimit.create());
        } catch (CloseConnectionException | UncheckedIOException e) {
            // the client disconnected, or the connection was closed
        } catch (InterruptedException e) {
            // not expected; ends the connection
        } catch (RuntimeException | Error e) {
            log(e);
        } finally {
            end();
            onEnd.run();
        }
    }

    private static void log(Throwable defect) {
        try {
            OutOfMemory.passOn(defect);
            LOG.log(Level.WARNING, "a control connection failed", defect);
        } catch (RuntimeException | Error e) {
            // a logger that fails itself must not keep the connection open
        }
    }

    /** Closes in order, so that the last answer arrives. */
    private void end() {
        try {
            socket.close();
        } catch (RuntimeException e) {
            // the client has left already
        } finally {
            close();
        }
    }

    /** Closes at once; its thread ends. */
    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // a socket that can't be closed is gone as well
        }
    }

    /** Runs the handler of a request whose head has been read. */
    void answer(Runnable handler) {
        enter(Phase.ANSWER);
        handler.run();
    }

    /** Called when the response is sent and the body read; the next request may have begun to arrive. */
    void answered() {
        enter(reader.available() > 0 ? Phase.HEAD : Phase.IDLE);
    }

    private void enter(Phase next) {
        since = System.nanoTime();
        phase = next;
    }

    private byte @Nullable [] read() {
        reading = true;
        try {
            byte[] bytes = socket.get();
            if (bytes == null && phase == Phase.HEAD) {
                throw new CloseConnectionException(
                        "the client left within a head"); // Helidon would log a defect of its own
            }
            if (phase == Phase.IDLE) {
                enter(Phase.HEAD);
            }
            return bytes;
        } catch (UncheckedIOException e) {
            throw new ServerConnectionException("can't read", e);
        } finally {
            reading = false;
        }
    }

    /** Whether it waits for a request of which nothing has arrived. */
    boolean isIdle() {
        return phase == Phase.IDLE && channel.isOpen();
    }

    /** Nanoseconds since the phase began. */
    long idleFor(long now) {
        return now - since;
    }

    boolean isOverdue(long now) {
        long writing = writingSince;
        if (writing != 0) {
            return now - writing > timeouts.write().toNanos();
        }
        return reading && now - since > limit().toNanos();
    }

    private Duration limit() {
        return switch (phase) {
            case IDLE -> timeouts.idle();
            case HEAD -> timeouts.head();
            case ANSWER -> timeouts.body();
        };
    }

    @Override
    public ListenerContext listenerContext() {
        return listener;
    }

    @Override
    public ExecutorService executor() {
        return listener.executor();
    }

    @Override
    public DataWriter dataWriter() {
        return writer;
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public Router router() {
        return router;
    }

    @Override
    public HelidonSocket serverSocket() {
        return socket;
    }

    @Override
    public PeerInfo remotePeer() {
        return socket.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return socket.localPeer();
    }

    @Override
    public boolean isSecure() {
        return socket.isSecure();
    }

    @Override
    public String socketId() {
        return socket.socketId();
    }

    @Override
    public String childSocketId() {
        return socket.childSocketId();
    }

    /** Records when the write in progress began. */
    private final class TimedWriter implements DataWriter {
        private final DataWriter next;

        TimedWriter(DataWriter next) {
            this.next = next;
        }

        @Override
        public void write(BufferData... buffers) {
            timed(() -> next.write(buffers));
        }

        @Override
        public void write(BufferData buffer) {
            timed(() -> next.write(buffer));
        }

        @Override
        public void writeNow(BufferData... buffers) {
            timed(() -> next.writeNow(buffers));
        }

        @Override
        public void writeNow(BufferData buffer) {
            timed(() -> next.writeNow(buffer));
        }

        @Override
        public void flush() {
            timed(next::flush);
        }

        private void timed(Runnable write) {
            long now = System.nanoTime();
            writingSince = now == 0 ? 1 : now;
            try {
                write.run();
            } finally {
                writingSince = 0;
            }
        }
    }
}
