package io.chaosproxy.fault;

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
    /** {@return whether the rate never changes by itself} */
    public boolean isConstant() {
        return min == max;
    }
}
