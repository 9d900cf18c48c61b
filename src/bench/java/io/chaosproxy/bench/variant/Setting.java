package io.chaosproxy.bench.variant;

import java.time.Duration;

/**
 * What a proxy is told to do to the traffic.
 *
 * @param latency added to each response; zero for none
 * @param rate bytes a second of all connections together, from the upstream to the client; 0 for no limit
 * @param tls whether it terminates TLS of its clients
 */
public record Setting(Duration latency, long rate, boolean tls) {
    /** Relays and does nothing else. */
    public static final Setting PLAIN = new Setting(Duration.ZERO, 0, false);

    /** Terminates TLS, and does nothing else. */
    public static final Setting TLS = new Setting(Duration.ZERO, 0, true);

    /** Delays each response. */
    public static Setting delayed(Duration latency) {
        return new Setting(latency, 0, false);
    }

    /** Limits the total. */
    public static Setting limited(long rate) {
        return new Setting(Duration.ZERO, rate, false);
    }

    /** Whether it adds latency. */
    public boolean delays() {
        return !latency.isZero();
    }

    /** Whether it limits the total. */
    public boolean limits() {
        return rate > 0;
    }
}
