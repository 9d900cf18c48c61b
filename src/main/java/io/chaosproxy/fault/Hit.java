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
 * @param request method and path of the request, such as {@code GET /cart}; empty on a tcp proxy
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
        String request,
        String rule,
        String type,
        Drawn drawn) {}
