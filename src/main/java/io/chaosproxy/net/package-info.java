/**
 * Sockets: transports, the poller, listeners, dialing, name look-ups, and the budget of file descriptors.
 *
 * <p>Nothing in here knows of proxies, connections or faults; owners are told by the functions that they pass.
 */
@NullMarked
package io.chaosproxy.net;

import org.jspecify.annotations.NullMarked;
