package io.chaosproxy.inject;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Position in the message of one exchange: how much of it has been written, whether its payload has begun, and what is still to
 * come. For the connection itself, the position in its stream.
 *
 * <p>Written under the lock of the pipeline; any thread reads.
 */
final class MessageProgress {
    private @Nullable PayloadMap map; // present once a stage may hold bytes
    private @Nullable ByteBuffer offered; // bytes of the present write
    private boolean offersPayload;
    private volatile long written; // bytes so far, those of the present write included
    private volatile long start; // bytes of this direction in front of the message
    private volatile boolean payloadBegun;
    private volatile boolean payloadFollows; // its framing announces more than has been written
    private volatile boolean closing; // the next bytes are the last ones

    /** At the begin of a message. */
    MessageProgress(long start) {
        this.start = start;
    }

    /** All of the messages before has been handed on, up to this byte of the direction. */
    void startsAt(long bytes) {
        start = bytes;
    }

    /** Begins a write. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // guarded by the lock; the thread of a delay line reads it
    void offer(ByteBuffer bytes, boolean payload) {
        written += bytes.remaining();
        offered = bytes;
        offersPayload = payload;
    }

    /** What the first stage has not taken of the present write will be offered again. Only without a map. */
    void takeBack() {
        written = taken();
        offered = null;
    }

    /** Ends the write. */
    void offered() {
        offered = null;
    }

    /** Bytes that the first stage has taken. */
    long taken() {
        ByteBuffer rest = offered;
        return written - (rest == null ? 0 : rest.remaining());
    }

    /** Remembers from now on which bytes are payload. */
    void startMap() {
        if (map == null) {
            map = new PayloadMap();
            map.add(taken(), payloadBegun, 0);
        }
    }

    /** Whether it remembers which bytes are payload. */
    boolean hasMap() {
        return map != null;
    }

    /** Which bytes are payload, as far as a stage may still hold them; null if none may. */
    @Nullable
    PayloadMap map() {
        return map;
    }

    /**
     * Remembers what the bytes of the present write are, before a stage takes them.
     *
     * @param passed position up to which no stage holds bytes
     */
    void mapOffered(long passed) {
        PayloadMap known = map;
        if (known != null && offered != null) {
            known.add(written, offersPayload, passed);
        }
    }

    /** Payload follows, or passes together with what frames it. */
    void payloadBegins() {
        if (!payloadBegun) {
            payloadBegun = true;
        }
    }

    boolean hasPayloadBegun() {
        return payloadBegun;
    }

    /** Sets whether the framing announces more payload than is written with the next bytes. */
    void payloadFollows(boolean more) {
        payloadFollows = more;
    }

    boolean payloadFollows() {
        return payloadFollows;
    }

    /** The payload is complete. */
    void payloadEnds() {
        if (map != null) {
            map.payloadEnds(written);
        }
    }

    /** The next bytes are the last ones. */
    void closing() {
        closing = true;
    }

    boolean isClosing() {
        return closing;
    }

    /** Whether bytes of the message are among those that have been handed on in this direction. */
    boolean hasPassed(long bytes) {
        return bytes > start;
    }

    /** Whether all that has been written lies in front of this position of the direction. */
    boolean endsAt(long bytes) {
        return bytes - start >= written;
    }

    /** Whether the last byte is among the next ones, behind those that have been handed on in this direction. */
    boolean isLast(int next, long bytes) {
        return closing && next >= written - (bytes - start);
    }
}
