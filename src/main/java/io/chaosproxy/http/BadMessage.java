package io.chaosproxy.http;

import java.io.IOException;

/**
 * A message that breaks HTTP/1.1, or that two readers could understand differently.
 *
 * <p>It carries the status of the response to the client: 4xx, 501 or 505 when the client is to blame, 502 when the
 * upstream is. The text says which rule was broken and quotes nothing of the message but single bytes. The connection
 * cannot be used any further, as where the next message begins is unknown.
 */
final class BadMessage extends IOException {

    private static final long serialVersionUID = 1L;

    private final int status;

    BadMessage(int status, String reason) {
        super(reason);
        this.status = status;
    }

    int status() {
        return status;
    }

    /** The words that stand after the status in a status line. */
    String phrase() {
        return switch (status) {
            case 400 -> "Bad Request";
            case 414 -> "URI Too Long";
            case 431 -> "Request Header Fields Too Large";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 505 -> "HTTP Version Not Supported";
            default -> throw new IllegalStateException("no phrase for status " + status);
        };
    }
}
