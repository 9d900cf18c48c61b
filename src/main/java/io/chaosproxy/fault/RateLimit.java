package io.chaosproxy.fault;

import io.chaosproxy.flow.RateSchedule;
import java.time.Duration;

/**
 * A rate that the connections of a scope share evenly.
 *
 * @param min bytes per second, 0 or more; 0 lets nothing through until the rate changes or the rule goes
 * @param max bytes per second; above {@code min} the rate is drawn anew from the range
 * @param redraw how often it is drawn
 * @param scope who shares it
 */
public record RateLimit(long min, long max, Duration redraw, FaultScope scope) {
    /** The rate over time. Draws are a function of seed, proxy, rule and the number of the redraw alone. */
    public RateSchedule schedule(long seed, String proxy, String rule) {
        if (min == max) {
            return RateSchedule.constant(min);
        }
        SeededRandom dice = new SeededRandom(seed, proxy, rule);
        long end = Math.min(max, Long.MAX_VALUE - 1) + 1;
        return new RateSchedule(step -> dice.roll(0, 0, step).nextLong(min, end), redraw.toNanos());
    }
}
