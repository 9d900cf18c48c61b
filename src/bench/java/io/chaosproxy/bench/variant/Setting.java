package io.chaosproxy.bench.variant;

import java.time.Duration;

/**
 * What a proxy is told to do to the traffic.
 *
 * @param latency added to each response; zero for none
 * @param rate bytes a second of all connections together, from the upstream to the client; 0 for no limit
 * @param tls whether it terminates TLS of its clients
 * @param control whether its control API listens, where it has one that can be left out
 */
public record Setting(Duration latency, long rate, boolean tls, boolean control) {
    /** Relays and does nothing else. */
    public static final Setting PLAIN = new Setting(Duration.ZERO, 0, false, false);

    /** Relays, and listens for control requests. */
    public static final Setting CONTROLLED = new Setting(Duration.ZERO, 0, false, true);

    /** Terminates TLS, and does nothing else. */
    public static final Setting TLS = new Setting(Duration.ZERO, 0, true, false);

    /** Delays each response. */
    public static Setting delayed(Duration latency) {
        return new Setting(latency, 0, false, false);
    }

    /** Limits the total. */
    public static Setting limited(long rate) {
        return new Setting(Duration.ZERO, rate, false, false);
    }

    /** Whether it adds latency. */
    public boolean delays() {
        return !latency.isZero();
    }

    /** Whether it limits the total. */
    public boolean limits() {
        return rate > 0;
    }

    /** Whether it relays without faults. */
    public boolean relaysOnly() {
        return !delays() && !limits();
    }
}
