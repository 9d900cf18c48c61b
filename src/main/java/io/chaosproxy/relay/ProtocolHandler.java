package io.chaosproxy.relay;

import java.io.IOException;

/** How the bytes of one connection are relayed: one for each protocol. */
public interface ProtocolHandler {
    /**
     * Serves one accepted connection until both directions are done. Runs on the connection's own thread.
     *
     * @throws IOException what ended it, if it was not an orderly end
     */
    void serve(Connection connection) throws IOException;
}
