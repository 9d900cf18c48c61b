/**
 * Bytes and time: chunks and buffers, waits, rates, and the budget of memory.
 *
 * <p>Nothing in here knows of faults, sockets or HTTP. A thread that has to wait does so in {@link
 * io.chaosproxy.flow.Waits} (or in a socket), and asks a {@link io.chaosproxy.flow.TimeSource} for the time, so that
 * everything above can be tested with a clock moved by hand.
 */
@NullMarked
package io.chaosproxy.flow;

import org.jspecify.annotations.NullMarked;
