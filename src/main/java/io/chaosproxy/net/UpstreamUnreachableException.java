package io.chaosproxy.net;

import java.io.IOException;
import java.net.InetSocketAddress;

/** The upstream could not be reached. */
public final class UpstreamUnreachableException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean late;
    private final String reason;

    UpstreamUnreachableException(String proxy, InetSocketAddress upstream, boolean late, String reason) {
        super("proxy " + proxy + ": upstream " + Sockets.text(upstream) + " " + reason);
        this.late = late;
        this.reason = "upstream " + reason;
    }

    /** Whether it didn't answer in time, rather than refuse. */
    public boolean late() {
        return late;
    }

    /** What happened, without the names of proxy and upstream. */
    public String reason() {
        return reason;
    }
}
