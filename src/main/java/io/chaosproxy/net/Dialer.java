package io.chaosproxy.net;

import io.chaosproxy.net.UpstreamUnreachableException.Cause;
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
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Connects to upstreams within a time, on the calling thread. Thread-safe. */
public final class Dialer {
    /** Connection Attempt Delay (RFC 8305 §5): how long an address may be silent before the next one is tried beside it. */
    private static final Duration NEXT_ATTEMPT = Duration.ofMillis(250);

    /** Decides which addresses are dialled. */
    @FunctionalInterface
    public interface Guard {
        /** Why an address is not dialled; empty if it may be. */
        Optional<String> refusal(InetAddress address);
    }

    /** Owner of the dial: its end ends the attempts, and it runs their threads. */
    public interface Caller {
        /** This transport is about to connect, or was chosen; the caller closes it when it is closed itself. */
        void trying(Transport transport);

        /** Waits until the condition holds, at most this long, or until the caller is closed; {@link #changed} makes it look. */
        void await(BooleanSupplier condition, Duration atMost);

        /** Makes {@link #await} look again. */
        void changed();

        /** Whether the result is still wanted. */
        boolean isOpen();

        /** Starts a virtual thread. */
        void spawn(String role, Runnable task);
    }

    private final String owner;
    private final Duration timeout;
    private final NameResolver resolver;

    /**
     * A dialer.
     *
     * @param owner name for messages
     * @param timeout upper bound for the look-up of the name and all attempts together
     */
    public Dialer(String owner, Duration timeout, NameResolver resolver) {
        this.owner = owner;
        this.timeout = timeout;
        this.resolver = resolver;
    }

    /**
     * Connects to the first address of the upstream that accepts.
     *
     * @param upstream unresolved: its host is looked up for each connection
     * @param guard asked for each address that the host has; those that it refuses are not dialled
     * @param caller its close ends the attempts
     * @throws UpstreamUnreachableException if none of them accepted in time, or is permitted
     */
    public SocketTransport dial(InetSocketAddress upstream, Guard guard, Caller caller) throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        List<InetAddress> addresses = permitted(upstream, addresses(upstream, caller), guard);
        if (addresses.size() == 1) {
            return dial(upstream, caller, addresses.getFirst(), end);
        }
        return new Race(upstream, caller, alternating(addresses), end).run();
    }

    /** A single address needs no other thread. */
    private SocketTransport dial(InetSocketAddress upstream, Caller caller, InetAddress address, long end)
            throws IOException {
        @Nullable SocketTransport transport = null;
        try {
            transport = SocketTransport.open(address); // fails when descriptors run out
            caller.trying(transport);
            transport.connect(
                    new InetSocketAddress(address, upstream.getPort()), Duration.ofNanos(end - System.nanoTime()));
            return transport;
        } catch (IOException e) {
            Sockets.closeQuietly(transport);
            throw unreachable(upstream, e);
        }
    }

    /** The addresses that may be dialled; the reason for the first one is told if there are none. */
    private List<InetAddress> permitted(InetSocketAddress upstream, List<InetAddress> all, Guard guard)
            throws UpstreamUnreachableException {
        List<InetAddress> permitted = new ArrayList<>();
        Optional<String> first = Optional.empty();
        for (InetAddress address : all) {
            Optional<String> refusal = guard.refusal(address);
            if (refusal.isEmpty()) {
                permitted.add(address);
            }
            first = first.or(() -> refusal);
        }
        if (permitted.isEmpty()) {
            throw notPermitted(upstream, first.orElse("it has no address"));
        }
        return permitted;
    }

    /**
     * The upstream is not dialled.
     *
     * @param why reason for the client and the log
     */
    public UpstreamUnreachableException notPermitted(InetSocketAddress upstream, String why) {
        return unreachable(upstream, Cause.NOT_PERMITTED, "is not a permitted target: " + why);
    }

    /** The upstream has not accepted the connection, or has and then not agreed on what is above it. */
    public UpstreamUnreachableException unreachable(InetSocketAddress upstream, @Nullable IOException last) {
        if (last == null || last instanceof SocketTimeoutException) {
            return unreachable(upstream, Cause.LATE, "did not answer within " + timeout.toMillis() + " ms");
        }
        return unreachable(upstream, Cause.of(last), "can't be reached: " + reason(last));
    }

    private UpstreamUnreachableException unreachable(InetSocketAddress upstream, Cause cause, String reason) {
        return new UpstreamUnreachableException(owner, upstream, cause, reason);
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
    private List<InetAddress> addresses(InetSocketAddress upstream, Caller caller) throws IOException {
        if (NameResolver.isLiteral(upstream.getHostString())) {
            try {
                return List.of(InetAddress.getByName(upstream.getHostString()));
            } catch (UnknownHostException e) {
                throw unreachable(upstream, Cause.UNKNOWN_HOST, "can't be reached: this is no address");
            }
        }
        Runnable changed = caller::changed;
        NameResolver.Query query = resolver.ask(upstream.getHostString(), changed);
        try {
            caller.await(query::isDone, timeout);
        } finally {
            query.leave(changed);
        }
        NameResolver.Result result = query.result();
        if (result == null) {
            throw unreachable(upstream, Cause.LATE, "could not be looked up in time");
        }
        if (result.failure() == null) {
            return result.addresses();
        }
        String reason = result.failure() instanceof UnknownHostException
                ? "can't be found: there is no host of this name"
                : "can't be looked up: " + result.failure();
        throw unreachable(upstream, Cause.UNKNOWN_HOST, reason);
    }

    /**
     * Attempts to connect to several addresses (RFC 8305 §5): the next one begins when the one before it has failed, or has
     * been silent for a while. The first connection wins; the other attempts end.
     *
     * <p>Run by the thread of the connection; each attempt has a thread of its own.
     */
    private final class Race {
        private final InetSocketAddress upstream;
        private final Caller caller;
        private final Deque<InetAddress> left;
        private final long end;
        private final List<Attempt> attempts = new ArrayList<>();
        private final AtomicReference<@Nullable Optional<SocketTransport>> outcome =
                new AtomicReference<>(); // empty if it failed
        private final AtomicInteger running = new AtomicInteger();
        private volatile @Nullable IOException last;

        Race(InetSocketAddress upstream, Caller caller, List<InetAddress> addresses, long end) {
            this.upstream = upstream;
            this.caller = caller;
            this.left = new ArrayDeque<>(addresses);
            this.end = end;
        }

        SocketTransport run() throws IOException {
            try {
                while (outcome.get() == null && caller.isOpen() && startNext()) {
                    awaitNext();
                }
            } finally {
                outcome.compareAndSet(null, Optional.empty()); // too late for all others
                attempts.forEach(Attempt::cancel);
            }
            SocketTransport transport = winner();
            if (transport == null) {
                throw unreachable(upstream, System.nanoTime() - end >= 0 ? null : last);
            }
            caller.trying(transport);
            return transport;
        }

        private @Nullable SocketTransport winner() {
            Optional<SocketTransport> decided = outcome.get();
            return decided == null ? null : decided.orElse(null);
        }

        /** Starts the next attempt if there is one; false if none is under way and none is left, or the time is over. */
        private boolean startNext() {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            // The first attempt has the connection's own descriptor, one beside another needs one more.
            if (!left.isEmpty() && (running.get() == 0 || FdBudget.OF_PROCESS.take(1))) {
                start(new Attempt(left.remove(), running.get() > 0));
            }
            return running.get() > 0 || !left.isEmpty();
        }

        private void start(Attempt attempt) {
            attempts.add(attempt);
            running.incrementAndGet();
            try {
                caller.spawn("dial " + attempt.address.getHostAddress(), attempt);
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
            caller.await(() -> outcome.get() != null || running.get() < before, Duration.ofNanos(Math.max(1, wait)));
        }

        /** One address. */
        private final class Attempt implements Runnable {
            private final InetAddress address;
            private final boolean extra;
            private volatile @Nullable SocketTransport transport;

            Attempt(InetAddress address, boolean extra) {
                this.address = address;
                this.extra = extra;
            }

            @Override
            public void run() {
                try {
                    connect();
                } catch (IOException e) {
                    Sockets.closeQuietly(transport);
                    last = e;
                } finally {
                    ended();
                }
            }

            private void connect() throws IOException {
                SocketTransport opened = SocketTransport.open(address);
                transport = opened;
                if (outcome.get() != null) {
                    throw new IOException("decided already");
                }
                opened.connect(
                        new InetSocketAddress(address, upstream.getPort()), Duration.ofNanos(end - System.nanoTime()));
                if (!outcome.compareAndSet(null, Optional.of(opened))) {
                    throw new IOException("another address was faster, or the time is over");
                }
            }

            private void ended() {
                if (extra) {
                    FdBudget.OF_PROCESS.free(1);
                }
                running.decrementAndGet();
                caller.changed();
            }

            void cancel() {
                if (transport != winner()) {
                    Sockets.closeQuietly(transport);
                }
            }
        }
    }
}
