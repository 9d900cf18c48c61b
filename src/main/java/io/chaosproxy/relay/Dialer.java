package io.chaosproxy.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Connects to the upstream within a time, in the thread of the connection. */
final class Dialer {
    private static final Pattern IPV4 = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");

    private final String proxy;
    private final Address upstream;
    private final Duration timeout;
    private final Crew crew;

    Dialer(String proxy, Address upstream, Duration timeout, Crew crew) {
        this.proxy = proxy;
        this.upstream = upstream;
        this.timeout = timeout;
        this.crew = crew;
    }

    /**
     * Tries each address of the upstream in turn.
     *
     * @param connection told of each socket before it connects; its close ends the attempt
     * @throws Unreachable if none of them accepted in time
     */
    Wire dial(Connection connection) throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        @Nullable IOException last = null;
        for (InetAddress address : addresses(connection)) {
            Duration left = Duration.ofNanos(end - System.nanoTime());
            if (left.toMillis() <= 0) {
                break;
            }
            @Nullable Wire wire = null;
            try {
                wire = Wire.open(); // fails when descriptors run out
                connection.trying(wire);
                wire.connect(new InetSocketAddress(address, upstream.port()), left);
                return wire;
            } catch (IOException e) {
                Connection.closeQuietly(wire);
                last = e;
            }
        }
        boolean late = last == null || last instanceof SocketTimeoutException;
        throw new Unreachable(
                proxy,
                upstream,
                late,
                late ? "did not answer within " + timeout.toMillis() + " ms" : "can't be reached: " + reason(last));
    }

    private static String reason(@Nullable IOException e) {
        String message = e == null ? null : e.getMessage();
        return message == null ? "no reason given" : message;
    }

    /** A look-up of a name may block in native code; a thread of its own keeps it from holding up everybody else. */
    private InetAddress[] addresses(Connection connection) throws IOException {
        if (IPV4.matcher(upstream.host()).matches() || upstream.host().indexOf(':') >= 0) {
            try {
                return new InetAddress[] {InetAddress.getByName(upstream.host())};
            } catch (UnknownHostException e) {
                throw new Unreachable(proxy, upstream, false, "can't be reached: this is no address");
            }
        }
        FutureTask<InetAddress[]> lookUp = new FutureTask<>(() -> InetAddress.getAllByName(upstream.host())) {
            @Override
            protected void done() {
                connection.changed();
            }
        };
        crew.start(Thread.ofPlatform().daemon().name(proxy + " look-up"), lookUp);
        if (!connection.await(lookUp::isDone, timeout)) {
            throw new Unreachable(proxy, upstream, true, "could not be looked up in time");
        }
        if (lookUp.state() == Future.State.SUCCESS) {
            return lookUp.resultNow();
        }
        Throwable failure = lookUp.exceptionNow();
        String reason = failure instanceof UnknownHostException
                ? "can't be found: there is no host of this name"
                : "can't be looked up: " + failure;
        throw new Unreachable(proxy, upstream, false, reason);
    }
}
