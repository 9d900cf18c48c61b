package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.inject.Target;
import io.chaosproxy.net.DetectedProtocol;
import io.chaosproxy.net.Transport;
import io.chaosproxy.net.UpstreamUnreachableException;
import io.chaosproxy.tls.ClientHello;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides what the client of a connection speaks, from the next bytes of its transport; may be used again once another transport
 * is there. Confined to the connection's thread.
 *
 * <p>A client that is silent may wait for its server to speak first (SMTP, MySQL). So the upstream is connected then, and the side
 * that speaks first decides: no time limit takes a client that is slow with its first request for one that speaks no HTTP.
 */
final class Detection {
    /** How long a client may be silent before the upstream is connected. */
    static final Duration SILENCE = Duration.ofMillis(200);

    /** How long bytes may take that tell the protocol, once the first one has come. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final int GREETING = 512;

    private final ConnectionSockets sockets;
    private final ConnectionTeardown teardown;
    private final UpstreamDial upstream;
    private final ConnectionFacts facts;
    private final Peek peek;
    private final ClientTls tls;
    private final Interception interception;
    private final ConnectionTasks tasks;

    /** Nothing decided yet. */
    Detection(
            ConnectionSockets sockets,
            ConnectionTeardown teardown,
            UpstreamDial upstream,
            ConnectionFacts facts,
            Peek peek,
            ClientTls tls,
            Interception interception,
            ConnectionTasks tasks) {
        this.sockets = sockets;
        this.teardown = teardown;
        this.upstream = upstream;
        this.facts = facts;
        this.peek = peek;
        this.tls = tls;
        this.interception = interception;
        this.tasks = tasks;
    }

    /**
     * Decides how the connection is relayed. TLS is terminated if the listener has a certificate, and then what it protects decides.
     *
     * @throws io.chaosproxy.stream.ConnectionAbort if a rule ends the connection
     * @throws IOException if it has ended meanwhile, or the upstream that might speak first can't be reached
     */
    void decide(Target connection) throws IOException {
        DetectedProtocol spoken = next().spoken();
        if (spoken == DetectedProtocol.TLS && tls.terminates()) {
            tls.negotiate(connection);
            spoken = next().spoken();
        } else if (spoken == DetectedProtocol.TLS) {
            readServerName(connection);
        }
        facts.speaks(spoken);
    }

    /**
     * Decides it anew, for what comes behind a request for a tunnel. TLS is that of the target, unless it is intercepted; then what it
     * protects decides.
     *
     * @throws io.chaosproxy.stream.ConnectionAbort if a rule ends the connection
     * @throws IOException if it has ended meanwhile, or the client rejects the certificate
     */
    void decideAgain(Target connection) throws IOException {
        DetectedProtocol spoken = next().spoken();
        if (spoken == DetectedProtocol.TLS) {
            readServerName(connection);
            Optional<Interception.Secured> secured = interception.begin(connection);
            if (secured.isPresent()) {
                spoken = secured.get().isHttp()
                        ? secured.get().heard(this::nextOfClient)
                        : secured.get().heard(this::next);
            }
        }
        facts.speaks(spoken);
    }

    /**
     * Reads the server name if the client begins with a ClientHello, and decrypts nothing.
     *
     * @throws IOException as {@link #decide}
     */
    void readServerName(Target connection) throws IOException {
        ByteBuffer first = first(bytes -> !(ClientHello.parse(bytes) instanceof ClientHello.Result.NeedMore));
        if (ClientHello.parse(first) instanceof ClientHello.Result.Found found) {
            found.hello().serverName().ifPresent(connection::serverNameIs);
        }
    }

    private Interception.Heard next() throws IOException {
        return heard(first(Detection::isEnough));
    }

    /** Protocol of a client that is known to speak first. */
    private Interception.Heard nextOfClient() throws IOException {
        return heard(peek.until(Detection::isEnough, () -> true));
    }

    private static boolean isEnough(ByteBuffer bytes) {
        return DetectedProtocol.of(bytes) != DetectedProtocol.NEED_MORE;
    }

    private static Interception.Heard heard(ByteBuffer first) {
        DetectedProtocol spoken = DetectedProtocol.of(first);
        return new Interception.Heard(
                spoken == DetectedProtocol.NEED_MORE ? DetectedProtocol.OPAQUE : spoken, first.hasRemaining());
    }

    /** The next bytes, which stay to be read: as many as are enough, or have come when it is of no use to wait on. */
    private ByteBuffer first(Predicate<ByteBuffer> enough) throws IOException {
        Listening listening = new Listening(sockets.client(), enough);
        tasks.spawn("detection", listening);
        try {
            ByteBuffer first = peek.until(listening::hears, listening::goesOn);
            IOException failure = listening.failure;
            if (failure != null && !first.hasRemaining()) {
                throw failure;
            }
            return first;
        } finally {
            listening.stop();
        }
    }

    /** Ends a detection that the client's bytes don't decide: by the upstream's first byte, or after a time. On a thread of its own. */
    private final class Listening implements Runnable {
        private enum State {
            TO_CLIENT,
            /** The upstream is read. */
            TO_UPSTREAM,
            OVER
        }

        private final Transport client;
        private final Predicate<ByteBuffer> enough;
        private final AtomicReference<State> state = new AtomicReference<>(State.TO_CLIENT);
        private volatile boolean heard; // from the client
        private volatile boolean decided; // by this
        private volatile boolean done;
        private volatile @Nullable IOException failure;

        Listening(Transport client, Predicate<ByteBuffer> enough) {
            this.client = client;
            this.enough = enough;
        }

        /** Whether the client's bytes are enough; for the connection's thread. */
        boolean hears(ByteBuffer bytes) {
            if (bytes.hasRemaining() && !heard) {
                heard = true;
                tasks.changed();
                wakeUpstream();
            }
            return enough.test(bytes);
        }

        boolean goesOn() {
            return !decided;
        }

        /** The connection's thread has its answer; nothing reads the upstream any more when this returns. */
        void stop() {
            State before = state.getAndSet(State.OVER);
            tasks.changed();
            if (before == State.TO_UPSTREAM) {
                wakeUpstream();
                tasks.await(() -> done);
            }
        }

        private void wakeUpstream() {
            Transport dialled = sockets.upstream();
            if (dialled != null) {
                dialled.wakeReader();
            }
        }

        @Override
        public void run() {
            if (tasks.pause(SILENCE, this::isSilent)) {
                listenToUpstream();
            }
            if (!decided && tasks.pause(PATIENCE, () -> state.get() != State.OVER)) {
                decide(null);
            }
        }

        private boolean isSilent() {
            return state.get() != State.OVER && !heard;
        }

        private void listenToUpstream() {
            try {
                upstream.dial();
            } catch (UpstreamUnreachableException e) {
                decide(e);
                return;
            } catch (IOException e) {
                return; // closed
            }
            if (!state.compareAndSet(State.TO_CLIENT, State.TO_UPSTREAM)) {
                return;
            }
            try {
                if (hasSpoken(Objects.requireNonNull(sockets.upstream()))) {
                    decide(null);
                }
            } catch (IOException e) {
                teardown.end(Direction.DOWN, e);
            } finally {
                state.compareAndSet(State.TO_UPSTREAM, State.TO_CLIENT);
                done = true;
                tasks.changed();
            }
        }

        /** Waits until the upstream has sent a byte or ended; false if the client was first. */
        private boolean hasSpoken(Transport server) throws IOException {
            ByteBuffer first = ByteBuffer.allocate(GREETING);
            int count = 0;
            while (count == 0) {
                server.await(this::isSilent);
                if (!isSilent()) {
                    return false;
                }
                count = server.read(first);
            }
            server.putBack(first.flip());
            return true;
        }

        private void decide(@Nullable IOException reason) {
            failure = reason;
            decided = true;
            client.wakeReader();
        }
    }
}
