package io.chaosproxy.fault;

import java.time.Duration;
import java.util.function.LongUnaryOperator;

/**
 * A rate that the connections of a scope share evenly.
 *
 * @param min bytes per second, 0 or more; 0 lets nothing through until the rate changes or the rule goes
 * @param max bytes per second; above {@code min} the rate is drawn anew from the range
 * @param redraw how often it is drawn
 * @param scope who shares it
 */
public record RateLimit(long min, long max, Duration redraw, FaultScope scope) {
    /** Whether the rate never changes by itself. */
    public boolean isConstant() {
        return min == max;
    }

    /**
     * The rates in bytes per second, each by the number of its redraw, counted from 0. Draws are a function of seed, proxy,
     * rule and this number alone.
     */
    public LongUnaryOperator rates(long seed, String proxy, String rule) {
        if (isConstant()) {
            return step -> min;
        }
        SeededRandom dice = new SeededRandom(seed, proxy, rule);
        long end = Math.min(max, Long.MAX_VALUE - 1) + 1;
        return step -> dice.roll(0, 0, step).nextLong(min, end);
    }
}
