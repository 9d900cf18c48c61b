/**
 * The engine: the plan in force, the fault pipeline of one direction, and what several connections or proxies share.
 *
 * <p>Knows no socket. What it needs of its surroundings is a {@link io.chaosproxy.inject.FaultHost}: a connection of a proxy,
 * or an exchange inside a service.
 */
@NullMarked
package io.chaosproxy.inject;

import org.jspecify.annotations.NullMarked;
