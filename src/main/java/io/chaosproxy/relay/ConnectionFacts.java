package io.chaosproxy.relay;

import io.chaosproxy.fault.Protocol;
import io.chaosproxy.net.DetectedProtocol;

/** What is known of one connection besides its traffic. Written by the connection's thread before the first byte is relayed; thread-safe. */
public final class ConnectionFacts {
    private volatile Protocol protocol;

    /** Nothing but what the proxy is told to expect. */
    ConnectionFacts(Protocol expected) {
        this.protocol = expected;
    }

    /** How its bytes are relayed: as TCP or HTTP, or {@link Protocol#AUTO} until that has been detected. */
    public Protocol protocol() {
        return protocol;
    }

    /** Its client turned out to speak this, within TLS if that is terminated. */
    void speaks(DetectedProtocol spoken) {
        protocol = spoken == DetectedProtocol.HTTP_1 ? Protocol.HTTP : Protocol.TCP;
    }
}
