package io.chaosproxy.flow;

import java.io.IOException;

/** The end that bytes are for takes no more; what it has sent itself may still be on its way. */
public final class PeerClosedException extends IOException {
    private static final long serialVersionUID = 1L;

    /** With what the write threw. */
    public PeerClosedException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
