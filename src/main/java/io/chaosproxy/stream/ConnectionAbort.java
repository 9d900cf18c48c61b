package io.chaosproxy.stream;

import java.io.IOException;

/** Order of a fault to end the connection. Faults throw it; the owner of the sockets carries it out. */
public final class ConnectionAbort extends IOException {
    private static final long serialVersionUID = 1L;

    /** How the two ends get to know. */
    public enum How {
        /** A TCP RST: both ends see "connection reset" and data under way is lost. */
        RESET,
        /** A TCP FIN: both ends see an orderly end of the stream. */
        CLOSE,
        /** A TCP FIN; over TLS without close_notify for the receiver of what is cut, so that it can tell that something is missing. */
        TRUNCATE
    }

    /** How the connection ends. */
    private final How how;

    private ConnectionAbort(How how, String rule) {
        super(how == How.RESET ? "reset by rule " + rule : "closed by rule " + rule, null);
        this.how = how;
    }

    /**
     * {@return an abort by RST}
     *
     * @param rule name of the rule that orders it
     */
    public static ConnectionAbort reset(String rule) {
        return new ConnectionAbort(How.RESET, rule);
    }

    /**
     * {@return an abort by FIN}
     *
     * @param rule name of the rule that orders it
     */
    public static ConnectionAbort close(String rule) {
        return new ConnectionAbort(How.CLOSE, rule);
    }

    /**
     * {@return an abort by FIN that cuts a stream}
     *
     * @param rule name of the rule that orders it
     * @param closeNotify whether the receiver of the stream is told, over TLS, that it is complete
     */
    public static ConnectionAbort cut(String rule, boolean closeNotify) {
        return new ConnectionAbort(closeNotify ? How.CLOSE : How.TRUNCATE, rule);
    }

    /** {@return how the connection ends} */
    public How how() {
        return how;
    }

    /** An order, not a failure: its stack is never read, and there may be thousands a second. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
