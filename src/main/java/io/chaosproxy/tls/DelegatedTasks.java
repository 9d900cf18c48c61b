package io.chaosproxy.tls;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/** Tasks that an engine leaves to its caller: the costly steps of a handshake. */
final class DelegatedTasks {
    private DelegatedTasks() {}

    /** Runs them on the calling thread, and returns what the engine wants then. */
    static HandshakeStatus run(SSLEngine engine) {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
        return engine.getHandshakeStatus();
    }
}
