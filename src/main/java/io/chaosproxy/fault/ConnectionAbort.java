package io.chaosproxy.fault;

import java.io.IOException;

/** A fault's order to end the connection. Faults throw it; the owner of the sockets carries it out. */
public final class ConnectionAbort extends IOException {
    private static final long serialVersionUID = 1L;

    /** How the two ends get to know. */
    public enum How {
        /** A TCP RST: both ends see "connection reset" and data under way is lost. */
        RESET,
        /** A TCP FIN: both ends see an orderly end of the stream. */
        CLOSE
    }

    private final How how;

    private ConnectionAbort(How how, String rule) {
        super(how == How.RESET ? "reset by rule " + rule : "closed by rule " + rule, null);
        this.how = how;
    }

    public static ConnectionAbort reset(String rule) {
        return new ConnectionAbort(How.RESET, rule);
    }

    public static ConnectionAbort close(String rule) {
        return new ConnectionAbort(How.CLOSE, rule);
    }

    public How how() {
        return how;
    }

    /** An order, not a failure: nobody reads its stack, and thousands a second may be given. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
