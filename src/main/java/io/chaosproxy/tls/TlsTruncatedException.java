package io.chaosproxy.tls;

import java.io.IOException;

/** The peer ended the connection without a close_notify, so bytes may be missing (RFC 8446 §6.1). */
public final class TlsTruncatedException extends IOException {
    private static final long serialVersionUID = 1L;

    TlsTruncatedException() {
        super("the connection ended without the close_notify of TLS");
    }
}
