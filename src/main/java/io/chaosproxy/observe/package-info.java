/**
 * Observation: events of connections and exchanges, the event bus, counters, and what the JDK's flight recorder gets.
 *
 * <p>Events are values; nothing in here refers to a proxy, a connection or a socket.
 */
@NullMarked
package io.chaosproxy.observe;

import org.jspecify.annotations.NullMarked;
