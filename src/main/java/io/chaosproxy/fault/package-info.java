/**
 * What can go wrong: sealed faults, rules, plans, chance, and the journal of what was done.
 *
 * <p>A {@link io.chaosproxy.fault.Fault} is a value that says what goes wrong. A {@link io.chaosproxy.fault.Rule} says
 * which connections and exchanges it hits, and a {@link io.chaosproxy.fault.Plan} is the list of rules in force. To add a fault, write its record
 * here and follow the compiler; {@code src/docs/adding-a-fault.md} lists the stops.
 */
@NullMarked
package io.chaosproxy.fault;

import org.jspecify.annotations.NullMarked;
