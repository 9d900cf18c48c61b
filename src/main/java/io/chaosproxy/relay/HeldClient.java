package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.inject.Hold;
import io.chaosproxy.net.ConnectionResetException;
import io.chaosproxy.net.Transport;
import io.chaosproxy.observe.EndCause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Notices that the client of a connection that a rule holds has left. The threads that would notice may be held themselves,
 * so the client's socket is read ahead. Nothing in here waits.
 */
final class HeldClient {
    private final Transport client;
    private final ConnectionTeardown teardown;
    private final TimeSource time;
    private final Supplier<Hold> hold;
    private final BiConsumer<String, Runnable> spawn;
    private final AtomicBoolean left = new AtomicBoolean();
    private boolean held; // at the last look; these are known to the watching thread alone
    private boolean ended;
    private long endSeen; // nanoTime

    /**
     * Watches a client.
     *
     * @param hold how long rules hold the connection's threads up at the moment of the call
     * @param spawn starts a virtual thread of the connection
     */
    HeldClient(
            Transport client,
            ConnectionTeardown teardown,
            TimeSource time,
            Supplier<Hold> hold,
            BiConsumer<String, Runnable> spawn) {
        this.client = client;
        this.teardown = teardown;
        this.time = time;
        this.hold = hold;
        this.spawn = spawn;
    }

    /** Ends the connection if a rule holds it and its client has left, as far as reading ahead tells. */
    void releaseIfLeft(ByteBuffer scratch) {
        Hold longest = hold.get();
        held = longest != Hold.NONE;
        if (!held) {
            return;
        }
        client.lookAhead(scratch);
        IOException failure = client.failure();
        if (failure != null) {
            endOnce(failure);
        } else if (client.hasEnded() && waitsInVain(longest)) {
            teardown.stop(EndCause.CLIENT_GONE);
        }
    }

    /** Whether a client that has ended its stream won't get anything any more, or only after a time that no client waits. */
    private boolean waitsInVain(Hold longest) {
        long now = time.nanoTime();
        if (!ended) {
            ended = true;
            endSeen = now;
        }
        return switch (longest) {
            case NONE, BRIEF -> false;
            case SWALLOWED -> now - endSeen > Hold.BEARABLE.toNanos();
            case LONG -> true;
        };
    }

    /** Whether only a selector can tell whether the client, of which more is unread than was read ahead, has left. */
    boolean needsSelector() {
        return held && client.hasBacklog();
    }

    /** Ends the connection if its client has torn it down behind bytes that are not read. */
    void releaseIfTorn(Selector selector) {
        try {
            if (teardown.isOpen() && client.isTorn(selector)) {
                endOnce(new ConnectionResetException());
            }
        } catch (IOException | RuntimeException e) {
            // closed meanwhile
        }
    }

    private void endOnce(IOException failure) {
        if (left.compareAndSet(false, true)) {
            spawn.accept("left", () -> teardown.end(Direction.UP, failure));
        }
    }
}
