package io.chaosproxy.flow;

import java.util.function.LongUnaryOperator;

/**
 * How wide a link is over time: one rate for each step of equal length.
 *
 * @param ofStep bytes per second of the n-th step, counted from 0; 0 lets nothing through
 * @param step nanoseconds, or {@link Waits#FOREVER} if the rate never changes by itself
 */
public record RateSchedule(LongUnaryOperator ofStep, long step) {
    public RateSchedule {
        if (step <= 0) {
            throw new IllegalArgumentException("step must be above 0: " + step);
        }
    }

    /** One rate for ever. */
    public static RateSchedule constant(long bytesPerSecond) {
        return new RateSchedule(n -> bytesPerSecond, Waits.FOREVER);
    }
}
