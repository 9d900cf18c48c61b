/**
 * Proxies: their registry, listening, connections and teardown, and the TCP relay.
 *
 * <p>Threads: one virtual thread accepts for each {@link io.chaosproxy.relay.ProxyServer}. Each connection has one that dials
 * and relays up, and from then on one that relays down; faults may add more, which end with the connection. {@code
 * src/docs/threads.md} lists every thread and every lock.
 */
@NullMarked
package io.chaosproxy.relay;

import org.jspecify.annotations.NullMarked;
