package io.chaosproxy.fault;

import java.time.Instant;

/**
 * One entry of the journal: a rule really did something.
 *
 * @param at when
 * @param proxy its name
 * @param connection its number on the proxy
 * @param exchange its number on the connection; 0 for the connection itself
 * @param client address of the client
 * @param spoken what the client speaks
 * @param request method and path of the request, such as {@code GET /cart}, cut to {@link #LONGEST_REQUEST} characters, of
 *     which the last is an ellipsis then; on a forward proxy with the target, {@code GET http://shop:80/cart}, and {@code CONNECT
 *     shop:443} for a tunnel; empty on a tcp proxy
 * @param rule its name
 * @param type the kind of fault
 * @param drawn what was drawn for it
 */
public record Hit(
        Instant at,
        String proxy,
        long connection,
        long exchange,
        String client,
        ClientProtocol spoken,
        String request,
        String rule,
        String type,
        Sample drawn) {
    /** Upper bound for the characters of {@link #request}: clients choose its length, and the journal keeps many entries. */
    public static final int LONGEST_REQUEST = 256;

    /** Shortens a long request line. */
    public Hit {
        if (request.length() > LONGEST_REQUEST) {
            request = request.substring(0, LONGEST_REQUEST - 1) + '…';
        }
    }
}
