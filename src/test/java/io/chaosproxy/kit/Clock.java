package io.chaosproxy.kit;

/** How long something really took. */
public final class Clock {
    private long start = System.nanoTime();

    private Clock() {}

    /** Running from now on. */
    public static Clock start() {
        return new Clock();
    }

    /** Milliseconds since the start. */
    public double millis() {
        return (System.nanoTime() - start) / 1e6;
    }

    /** Milliseconds since the start, which is now from here on. */
    public double lap() {
        double millis = millis();
        start = System.nanoTime();
        return millis;
    }
}
