package io.chaosproxy.net;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/** Both kinds of transports that are sockets, for tests of what stands above them. */
public enum SocketKind {
    BLOCKING,
    POLLED;

    /** Skips the test where this kind is of no use; a thread of the test that skips would leave the others waiting. */
    public void assumeOfUse() {
        assumeTrue(this == BLOCKING || Poller.isOfUse());
    }

    /** Over a connected socket. */
    public SocketTransport over(SocketChannel socket) throws IOException {
        SocketTransport transport = switch (this) {
            case BLOCKING -> new BlockingTransport(socket);
            case POLLED -> {
                assumeOfUse();
                yield new PollingTransport(socket, Poller.next());
            }
        };
        transport.connected();
        return transport;
    }
}
