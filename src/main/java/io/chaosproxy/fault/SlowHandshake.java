package io.chaosproxy.fault;

import java.time.Duration;

/**
 * A {@link Latency} of the TLS handshake: {@code type = latency, at = handshake}.
 *
 * @param delay of the server's answer to the ClientHello
 */
public record SlowHandshake(Distribution delay) implements TlsFault {
    /** Rejects null. */
    public SlowHandshake {
        Check.given("delay", delay);
    }

    /**
     * {@return the same delay each time}
     *
     * @param delay of the server's answer
     */
    public static SlowHandshake of(Duration delay) {
        return new SlowHandshake(new Distribution.Around(delay, Duration.ZERO));
    }

    @Override
    public Stage stage() {
        return Stage.HANDSHAKE;
    }

    @Override
    public String type() {
        return "latency";
    }
}
