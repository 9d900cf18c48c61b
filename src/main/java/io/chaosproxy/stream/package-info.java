/**
 * What faults do to the bytes of one direction: sinks in front of sinks, and the effect of each fault that puts one there.
 *
 * <p>A {@link io.chaosproxy.stream.Sink} takes bytes; the sink of a fault holds them up, changes or cuts them before it hands them
 * to the next. {@link io.chaosproxy.stream.FaultContext} is what it may use meanwhile: time, chance, hits, and the rest of the
 * connection. The package knows no rules, no sockets and no fault by name.
 */
@NullMarked
package io.chaosproxy.stream;

import org.jspecify.annotations.NullMarked;
