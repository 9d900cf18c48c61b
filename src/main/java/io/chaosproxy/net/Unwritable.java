package io.chaosproxy.net;

import java.io.IOException;

/** The end that bytes are for takes no more; what it has sent itself may still be on its way. */
public final class Unwritable extends IOException {
    private static final long serialVersionUID = 1L;

    Unwritable(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
