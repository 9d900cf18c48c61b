package io.chaosproxy.fault;

import java.time.Duration;

/**
 * A fault that acts when a connection is accepted, before a byte is read and before the upstream is dialled.
 *
 * <p>The kernel has completed the client's handshake by then, so the client sees a connection that ends at once, or one on
 * which nothing ever happens.
 */
public non-sealed interface AcceptFault extends Fault {
    /** What the client sees. */
    enum How {
        /** A TCP RST (RFC 9293 §3.5.2). */
        RESET,
        /** An orderly end: FIN. */
        CLOSE,
        /** Nothing, until the rule is removed; then the connection is served. */
        HANG
    }

    /** {@return what the client sees} */
    How how();

    /**
     * Waits this long before.
     *
     * @return the delay between accept and effect; zero for none
     */
    Duration delay();

    @Override
    default boolean happensOnce() {
        return true;
    }
}
