package io.chaosproxy.fault;

import java.time.Duration;

/** The conditions that constructors of records state; file, API and code refuse the same with the same words. */
public final class Check {
    /** Longer faults than this are most likely a slip of the unit, and sums of nanoseconds stay far from overflow. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private Check() {}

    /** Refuses unless the condition holds. */
    public static void that(boolean condition, String key, String reason) {
        if (!condition) {
            throw new Refused(key, reason);
        }
    }

    /** Refuses durations below zero or above a year. */
    public static void duration(String key, Duration value) {
        that(!value.isNegative(), key, "must not be negative, not " + value);
        that(value.compareTo(LONGEST) <= 0, key, "must not be longer than 365 days, not " + value);
    }

    /** Refuses a range whose ends are not durations in order. */
    public static void range(String minKey, Duration min, String maxKey, Duration max) {
        duration(minKey, min);
        duration(maxKey, max);
        that(min.compareTo(max) <= 0, minKey, "must not be above " + maxKey);
    }
}
