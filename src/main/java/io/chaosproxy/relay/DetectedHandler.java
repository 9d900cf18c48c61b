package io.chaosproxy.relay;

import io.chaosproxy.fault.Protocol;
import java.io.IOException;

/** Relays each connection of a proxy as what was detected on it. */
public final class DetectedHandler implements ProtocolHandler {
    private final ProtocolHandler bytes;
    private final ProtocolHandler exchanges;

    /**
     * Hands each connection to one of these.
     *
     * @param bytes serves those on which no HTTP was detected
     * @param exchanges serves those on which HTTP was detected
     */
    public DetectedHandler(ProtocolHandler bytes, ProtocolHandler exchanges) {
        this.bytes = bytes;
        this.exchanges = exchanges;
    }

    @Override
    public void serve(Connection connection) throws IOException {
        (connection.facts().protocol() == Protocol.HTTP ? exchanges : bytes).serve(connection);
    }
}
