/**
 * A configuration, running: its proxies with their handlers, journal and seed. The root package shows it to embedders, the command
 * line runs it.
 */
@NullMarked
package io.chaosproxy.server;

import org.jspecify.annotations.NullMarked;
