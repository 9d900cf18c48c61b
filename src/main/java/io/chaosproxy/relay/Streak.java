package io.chaosproxy.relay;

/**
 * Tells a direction that streams in bulk from one whose bytes come in messages, by the sizes of its reads. Arithmetic only; used
 * by one thread at a time.
 */
final class Streak {
    /** Bytes from which a read counts as full: a quarter of the large buffer, as for {@link io.chaosproxy.flow.Chunk}. */
    static final int FULL = 32 * 1024;

    /** Bytes in full reads, one after the other, with which a streak begins: longer than most messages. */
    static final long LONG = 1024 * 1024;

    /** Short reads in a row that end it. One of them says little: the sender was out of turn for a moment. */
    static final int SHORT_READS = 16;

    private long inFullReads;
    private int shortReads;

    /**
     * Counts a read.
     *
     * @param bytes that it brought
     */
    void read(int bytes) {
        if (bytes >= FULL) {
            inFullReads += bytes;
            shortReads = 0;
        } else {
            shortReads++;
            if (shortReads >= SHORT_READS || !isLong()) {
                restart();
            }
        }
    }

    /** Whether the direction streams. */
    boolean isLong() {
        return inFullReads >= LONG;
    }

    /** Begins anew: the direction does not stream. */
    void restart() {
        inFullReads = 0;
        shortReads = 0;
    }
}
