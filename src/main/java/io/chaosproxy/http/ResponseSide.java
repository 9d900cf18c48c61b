package io.chaosproxy.http;

import io.chaosproxy.config.Address;
import io.chaosproxy.relay.Connection;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The present upstream of an HTTP connection, if there is one, and the thread that reads its responses. Confined to the thread of the requests. */
final class ResponseSide {
    private final Connection connection;
    private final PipelinedExchanges pending;
    private final boolean changes;
    private Optional<Address> present = Optional.empty();
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
        return reader != null;
    }

    /** Whether the upstream is the one that requests name so; empty for that of the proxy. */
    boolean isOf(Optional<Address> target) {
        return present.equals(target);
    }

    /**
     * Connects to the target that a request names, or to the upstream of the proxy.
     *
     * @throws io.chaosproxy.net.UpstreamUnreachableException if it can't be reached, or is not permitted
     */
    void dial(Optional<Address> target) throws IOException {
        if (target.isPresent()) {
            connection.upstream().dial(target.get());
        } else {
            connection.upstream().dial();
        }
        present = target;
        reader = new ResponseReader(connection, pending, changes);
    }

    /** Reads responses, from the time on when the first exchange is known: what an upstream says at once would belong to none. */
    void begin() {
        ResponseReader connected = reader;
        if (connected != null && thread == null) {
            thread = connection.spawn("down", connected::run);
        }
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
