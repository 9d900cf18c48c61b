package io.chaosproxy.relay;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.Hit;

/** Something that happened on the proxies of one configuration. */
public sealed interface Event {
    /** A connection was accepted. */
    record Opened(Connection connection) implements Event {}

    /** A connection is gone. */
    record Closed(Connection connection) implements Event {}

    /** Another version of the plan is in force. */
    record Planned(Proxy proxy, ActivePlan plan) implements Event {}

    /** A rule did something. */
    record Struck(Hit hit) implements Event {}
}
