/**
 * Bytes and time: where bytes go next, and how they wait.
 *
 * <p>Nothing in here knows of faults, sockets or HTTP. A thread that has to wait does so in {@link
 * io.chaosproxy.flow.Waits} (or in a socket), and asks a {@link io.chaosproxy.flow.TimeSource} for the time, so that
 * everything above can be tested with a clock moved by hand.
 */
@NullMarked
package io.chaosproxy.flow;

import org.jspecify.annotations.NullMarked;
