package io.chaosproxy.relay;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Connects to the upstream within a time, in the thread of the connection. */
final class Dialer {
    /** Connection Attempt Delay (RFC 8305 §5): how long an address may be silent before the next one is tried beside it. */
    private static final Duration NEXT_ATTEMPT = Duration.ofMillis(250);

    private final String proxy;
    private final Address upstream;
    private final Duration timeout;
    private final NameResolver resolver;

    Dialer(String proxy, Address upstream, Duration timeout, NameResolver resolver) {
        this.proxy = proxy;
        this.upstream = upstream;
        this.timeout = timeout;
        this.resolver = resolver;
    }

    /**
     * Connects to the first address of the upstream that accepts.
     *
     * @param connection its close ends the attempts
     * @throws Unreachable if none of them accepted in time
     */
    Wire dial(Connection connection) throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        List<InetAddress> addresses = addresses(connection);
        if (addresses.size() == 1) {
            return dial(connection, addresses.getFirst(), end);
        }
        return new Race(connection, alternating(addresses), end).run();
    }

    /** A single address needs no other thread. */
    private Wire dial(Connection connection, InetAddress address, long end) throws IOException {
        @Nullable Wire wire = null;
        try {
            wire = Wire.open(); // fails when descriptors run out
            connection.trying(wire);
            wire.connect(new InetSocketAddress(address, upstream.port()), Duration.ofNanos(end - System.nanoTime()));
            return wire;
        } catch (IOException e) {
            Connection.closeQuietly(wire);
            throw unreachable(e);
        }
    }

    private Unreachable unreachable(@Nullable IOException last) {
        boolean late = last == null || last instanceof SocketTimeoutException;
        return new Unreachable(
                proxy,
                upstream,
                late,
                late ? "did not answer within " + timeout.toMillis() + " ms" : "can't be reached: " + reason(last));
    }

    private static String reason(@Nullable IOException e) {
        String message = e == null ? null : e.getMessage();
        return message == null ? "no reason given" : message;
    }

    /** Both families in turn, beginning with that of the first address (RFC 8305 §4). */
    static List<InetAddress> alternating(List<InetAddress> addresses) {
        boolean first = addresses.getFirst() instanceof Inet6Address;
        Deque<InetAddress> preferred = new ArrayDeque<>();
        Deque<InetAddress> others = new ArrayDeque<>();
        for (InetAddress address : addresses) {
            (address instanceof Inet6Address == first ? preferred : others).add(address);
        }
        List<InetAddress> order = new ArrayList<>();
        while (!preferred.isEmpty() || !others.isEmpty()) {
            if (!preferred.isEmpty()) {
                order.add(preferred.remove());
            }
            if (!others.isEmpty()) {
                order.add(others.remove());
            }
        }
        return order;
    }

    /** A look-up of a name may block in native code; it has a thread of its own, which all connections share. */
    private List<InetAddress> addresses(Connection connection) throws IOException {
        if (NameResolver.isLiteral(upstream.host())) {
            try {
                return List.of(InetAddress.getByName(upstream.host()));
            } catch (UnknownHostException e) {
                throw new Unreachable(proxy, upstream, false, "can't be reached: this is no address");
            }
        }
        Runnable changed = connection::changed;
        NameResolver.Query query = resolver.ask(upstream.host(), changed);
        try {
            connection.await(query::isDone, timeout);
        } finally {
            query.leave(changed);
        }
        NameResolver.Result result = query.result();
        if (result == null) {
            throw new Unreachable(proxy, upstream, true, "could not be looked up in time");
        }
        if (result.failure() == null) {
            return result.addresses();
        }
        String reason = result.failure() instanceof UnknownHostException
                ? "can't be found: there is no host of this name"
                : "can't be looked up: " + result.failure();
        throw new Unreachable(proxy, upstream, false, reason);
    }

    /**
     * Attempts to connect to several addresses (RFC 8305 §5): the next one begins when the one before it has failed, or has
     * been silent for a while. The first connection wins; the other attempts end.
     *
     * <p>Run by the thread of the connection; each attempt has a thread of its own.
     */
    private final class Race {
        private final Connection connection;
        private final Deque<InetAddress> left;
        private final long end;
        private final List<Attempt> attempts = new ArrayList<>();
        private final AtomicReference<@Nullable Optional<Wire>> outcome = new AtomicReference<>(); // empty if it failed
        private final AtomicInteger running = new AtomicInteger();
        private volatile @Nullable IOException last;

        Race(Connection connection, List<InetAddress> addresses, long end) {
            this.connection = connection;
            this.left = new ArrayDeque<>(addresses);
            this.end = end;
        }

        Wire run() throws IOException {
            try {
                while (outcome.get() == null && connection.isOpen() && startNext()) {
                    awaitNext();
                }
            } finally {
                outcome.compareAndSet(null, Optional.empty()); // too late for all others
                attempts.forEach(Attempt::cancel);
            }
            Wire wire = winner();
            if (wire == null) {
                throw unreachable(System.nanoTime() - end >= 0 ? null : last);
            }
            connection.trying(wire);
            return wire;
        }

        private @Nullable Wire winner() {
            Optional<Wire> decided = outcome.get();
            return decided == null ? null : decided.orElse(null);
        }

        /** Starts the next attempt if there is one; false if none is under way and none is left, or the time is over. */
        private boolean startNext() {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            // The first attempt has the connection's own descriptor, one beside another needs one more.
            if (!left.isEmpty() && (running.get() == 0 || Descriptors.OF_PROCESS.take(1))) {
                start(new Attempt(left.remove(), running.get() > 0));
            }
            return running.get() > 0 || !left.isEmpty();
        }

        private void start(Attempt attempt) {
            attempts.add(attempt);
            running.incrementAndGet();
            try {
                connection.spawn("dial " + attempt.address.getHostAddress(), attempt);
            } catch (RuntimeException | Error e) {
                attempt.ended();
                throw e;
            }
        }

        /** Until it is decided, an attempt has failed, or the next one is due. */
        private void awaitNext() {
            int before = running.get();
            long wait = end - System.nanoTime();
            if (!left.isEmpty()) {
                wait = Math.min(wait, NEXT_ATTEMPT.toNanos());
            }
            connection.await(
                    () -> outcome.get() != null || running.get() < before, Duration.ofNanos(Math.max(1, wait)));
        }

        /** One address. */
        private final class Attempt implements Runnable {
            private final InetAddress address;
            private final boolean extra;
            private volatile @Nullable Wire wire;

            Attempt(InetAddress address, boolean extra) {
                this.address = address;
                this.extra = extra;
            }

            @Override
            public void run() {
                try {
                    connect();
                } catch (IOException e) {
                    Connection.closeQuietly(wire);
                    last = e;
                } finally {
                    ended();
                }
            }

            private void connect() throws IOException {
                Wire opened = Wire.open();
                wire = opened;
                if (outcome.get() != null) {
                    throw new IOException("decided already");
                }
                opened.connect(
                        new InetSocketAddress(address, upstream.port()), Duration.ofNanos(end - System.nanoTime()));
                if (!outcome.compareAndSet(null, Optional.of(opened))) {
                    throw new IOException("another address was faster, or the time is over");
                }
            }

            private void ended() {
                if (extra) {
                    Descriptors.OF_PROCESS.free(1);
                }
                running.decrementAndGet();
                connection.changed();
            }

            void cancel() {
                if (wire != winner()) {
                    Connection.closeQuietly(wire);
                }
            }
        }
    }
}
