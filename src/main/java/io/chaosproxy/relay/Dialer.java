package io.chaosproxy.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Connects to the upstream within a time, in the thread of the connection. */
final class Dialer {
    private static final Pattern IPV4 = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");

    private final String proxy;
    private final Address upstream;
    private final Duration timeout;

    Dialer(String proxy, Address upstream, Duration timeout) {
        this.proxy = proxy;
        this.upstream = upstream;
        this.timeout = timeout;
    }

    /**
     * Tries each address of the upstream in turn.
     *
     * @throws Unreachable if none of them accepted in time
     */
    SocketChannel dial() throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        @Nullable IOException last = null;
        for (InetAddress address : addresses()) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                break;
            }
            @Nullable SocketChannel channel = null;
            try {
                channel = SocketChannel.open(); // fails when descriptors run out
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.socket().connect(new InetSocketAddress(address, upstream.port()), (int) left);
                return channel;
            } catch (IOException e) {
                Connection.closeQuietly(channel);
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
    private InetAddress[] addresses() throws IOException {
        if (IPV4.matcher(upstream.host()).matches() || upstream.host().indexOf(':') >= 0) {
            return new InetAddress[] {InetAddress.getByName(upstream.host())};
        }
        FutureTask<InetAddress[]> lookUp = new FutureTask<>(() -> InetAddress.getAllByName(upstream.host()));
        Thread.ofPlatform().daemon().name(proxy + " look-up").start(lookUp);
        try {
            return lookUp.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new Unreachable(proxy, upstream, true, "could not be looked up in time");
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException) {
                throw new Unreachable(proxy, upstream, false, "can't be found: there is no host of this name");
            }
            throw new IOException(e.getCause());
        }
    }
}
