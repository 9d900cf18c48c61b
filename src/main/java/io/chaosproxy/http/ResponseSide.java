package io.chaosproxy.http;

import io.chaosproxy.relay.Connection;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The thread that reads responses from the present upstream, if there is one. Confined to the thread of the requests. */
final class ResponseSide {
    private final Connection connection;
    private final PipelinedExchanges pending;
    private final boolean changes;
    private @Nullable ResponseReader reader;
    private @Nullable Thread thread;

    /**
     * Without upstream.
     *
     * @param changes whether another upstream may take the place of one that has ended
     */
    ResponseSide(Connection connection, PipelinedExchanges pending, boolean changes) {
        this.connection = connection;
        this.pending = pending;
        this.changes = changes;
    }

    /** Whether an upstream has been connected, though it may have ended. */
    boolean hasBegun() {
        return thread != null;
    }

    /** The upstream is connected: reads responses from now on. */
    void begin() {
        ResponseReader next = new ResponseReader(connection, pending, changes);
        reader = next;
        thread = connection.spawn("down", next::run);
    }

    /** Leaves the upstream, if there is one. All its responses have been handed on. */
    void leave() throws IOException {
        if (reader != null) {
            reader.leave();
            connection.upstream().leave();
            await();
            reader = null;
            thread = null;
            pending.upstreamLeft();
        }
    }

    /** Waits for the end of the responses, if any were to come. */
    void await() throws IOException {
        if (thread != null) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
        }
    }
}
