package io.chaosproxy.fault;

import java.util.Locale;

/**
 * Value that was drawn for a hit, or none.
 *
 * @param what the word of the configuration: delay, outage, after, bytes; empty if nothing was drawn
 * @param value in its unit
 * @param unit unit of the value
 */
public record Sample(String what, long value, Unit unit) {
    /** Nothing was drawn. */
    public static final Sample NOTHING = new Sample("", 0, Unit.NONE);

    /** Unit of the value. */
    public enum Unit {
        /** No value. */
        NONE,
        /** Nanoseconds. */
        NANOS,
        /** Bytes. */
        BYTES
    }

    /**
     * {@return a drawn duration}
     *
     * @param what name of the value
     * @param value nanoseconds
     */
    public static Sample nanos(String what, long value) {
        return new Sample(what, value, Unit.NANOS);
    }

    /**
     * {@return a drawn number of bytes}
     *
     * @param what name of the value
     * @param value bytes
     */
    public static Sample bytes(String what, long value) {
        return new Sample(what, value, Unit.BYTES);
    }

    /** Such as {@code delay 12.345 ms}; empty if nothing was drawn. */
    @Override
    public String toString() {
        return switch (unit) {
            case NONE -> what;
            case NANOS -> String.format(Locale.ROOT, "%s %.3f ms", what, value / 1e6);
            case BYTES -> what + " " + value + " B";
        };
    }
}
