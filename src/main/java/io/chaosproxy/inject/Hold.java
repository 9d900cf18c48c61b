package io.chaosproxy.inject;

import io.chaosproxy.flow.Waits;
import java.time.Duration;

/** How long a rule holds a thread of a connection up, as far as a client that has ended its stream is concerned. */
public enum Hold {
    /** Not at all. */
    NONE,
    /** Not for long, or bytes move meanwhile: the client may have ended its stream only, and waits for the rest. */
    BRIEF,
    /** A rule swallows what is for the client, which has left or waits in vain: more may come and be swallowed for ever. */
    SWALLOWED,
    /** Time after which a client that has ended its stream must have left. */
    LONG;

    /** A stall that lasts longer is long. */
    public static final Duration BEARABLE = Duration.ofSeconds(2);

    /** Bearable time for bytes that are on their way, as on a delay line. */
    public static final Duration BEARABLE_IN_MOTION = Duration.ofSeconds(10);

    /** The longer one. */
    public Hold or(Hold other) {
        return compareTo(other) >= 0 ? this : other;
    }

    /**
     * A hold whose end is known.
     *
     * @param from as in {@code nanoTime}
     * @param nanos its length
     * @param bearable a longer rest is long
     * @param shorter what a shorter rest is
     */
    public record Timed(long from, long nanos, Duration bearable, Hold shorter) {
        /** How long it still holds at this moment. */
        public Hold at(long now) {
            boolean forGood = nanos == Waits.FOREVER;
            return forGood || nanos - (now - from) > bearable.toNanos() ? LONG : shorter;
        }
    }
}
