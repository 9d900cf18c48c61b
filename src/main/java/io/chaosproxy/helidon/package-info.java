/**
 * Chaos inside a Helidon SE service, without a hop: a filter for what it serves, a service for what its WebClient asks.
 *
 * <p>It needs {@code io.helidon.webserver:helidon-webserver} or {@code io.helidon.webclient:helidon-webclient}, which such a
 * service has.
 */
@NullMarked
package io.chaosproxy.helidon;

import org.jspecify.annotations.NullMarked;
