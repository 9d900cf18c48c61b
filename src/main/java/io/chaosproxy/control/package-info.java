/**
 * The control plane: one web server through which people and programs see and change what the proxies do.
 *
 * <p>Helidon runs each request on a virtual thread of its own. No handler waits for traffic: changing a plan is one
 * volatile write.
 */
@NullMarked
package io.chaosproxy.control;

import org.jspecify.annotations.NullMarked;
