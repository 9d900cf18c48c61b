package io.chaosproxy.fault;

import java.time.Duration;

/**
 * A {@link Reset} while TLS is negotiated: {@code type = reset, at = hello | handshake}.
 *
 * @param stage when it acts
 * @param pause waits this long before
 */
public record ResetInTls(Stage stage, Duration pause) implements TlsFault {
    /** Rejects null and negative durations. */
    public ResetInTls {
        Check.given("at", stage);
        Check.duration("delay", pause);
    }

    /** {@return a reset as the answer to the ClientHello} */
    public static ResetInTls atHello() {
        return new ResetInTls(Stage.HELLO, Duration.ZERO);
    }

    /** {@return a reset in the midst of the server's answer} */
    public static ResetInTls inHandshake() {
        return new ResetInTls(Stage.HANDSHAKE, Duration.ZERO);
    }

    @Override
    public Distribution delay() {
        return new Distribution.Around(pause, Duration.ZERO);
    }

    @Override
    public boolean resets() {
        return true;
    }

    @Override
    public String type() {
        return "reset";
    }
}
