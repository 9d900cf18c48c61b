/**
 * The control plane: one web server through which people and programs see and change what the proxies do.
 *
 * <p>Helidon runs each request on a virtual thread of its own. No handler waits for traffic: changing a plan is one
 * volatile write.
 *
 * <p>Here are the server and what is seen without an API: health, metrics and files. It stands on {@code control.api},
 * {@code control.toxiproxy}, {@code control.reload} and {@code control.meters}. Of those only {@code control.api} knows
 * another, {@code control.reload}: it reads the file again when asked to. The two APIs share {@code control.web}, so that
 * neither knows the other.
 */
@NullMarked
package io.chaosproxy.control;

import org.jspecify.annotations.NullMarked;
