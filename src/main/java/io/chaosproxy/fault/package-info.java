/**
 * What can go wrong: faults, rules, plans, probabilities, and the journal of hits.
 *
 * <p>A {@link io.chaosproxy.fault.Fault} is a value that says what goes wrong. A {@link io.chaosproxy.fault.Rule} says
 * which connections and exchanges it hits, and a {@link io.chaosproxy.fault.Plan} is the list of rules in force. To add a fault, write its record
 * here; {@code src/docs/adding-a-fault.md} shows the steps.
 */
@NullMarked
package io.chaosproxy.fault;

import org.jspecify.annotations.NullMarked;
