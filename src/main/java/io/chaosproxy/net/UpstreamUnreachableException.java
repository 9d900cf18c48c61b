package io.chaosproxy.net;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;

/** The upstream could not be reached. */
public final class UpstreamUnreachableException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Reason. */
    public enum Cause {
        /** The host is there, and nothing listens at the port. */
        REFUSED,
        /** There is no route to the network. */
        NO_NETWORK,
        /** There is no route to the host. */
        NO_HOST,
        /** The name has no address. */
        UNKNOWN_HOST,
        /** No answer in time. */
        LATE,
        /** The proxy does not connect to it. */
        NOT_PERMITTED,
        /** Another failure, such as that of a TLS handshake. */
        OTHER;

        /** The kernel's error, as far as Java tells it. */
        static Cause of(IOException e) {
            String message = String.valueOf(e.getMessage());
            if (message.contains("Network is unreachable")) {
                return NO_NETWORK;
            }
            if (e instanceof NoRouteToHostException || message.contains("Host is down")) {
                return NO_HOST;
            }
            return e instanceof ConnectException && message.contains("refused") ? REFUSED : OTHER;
        }
    }

    private final Cause cause;
    private final String reason;
    private final String upstream;

    UpstreamUnreachableException(String proxy, InetSocketAddress upstream, Cause cause, String reason) {
        super("proxy " + proxy + ": upstream " + Sockets.text(upstream) + " " + reason);
        this.cause = cause;
        this.reason = "upstream " + reason;
        this.upstream = Sockets.text(upstream);
    }

    /** Reason. */
    public Cause obstacle() {
        return cause;
    }

    /** Whether it didn't answer in time, rather than refuse. */
    public boolean late() {
        return cause == Cause.LATE;
    }

    /** The upstream, as host and port. */
    public String upstream() {
        return upstream;
    }

    /** Reason, without the names of proxy and upstream. */
    public String reason() {
        return reason;
    }
}
