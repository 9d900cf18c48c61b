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

    /**
     * The delay that a hit drew is over, or was cut short because the rule or the connection ended.
     *
     * @param proxy its name
     * @param type the kind of fault
     * @param nanos time waited, at most what was drawn
     */
    record Delayed(String proxy, String type, long nanos) implements Event {}

    /** A proxy belongs to the fleet from now on. */
    record Added(Proxy proxy) implements Event {}

    /** A proxy has left the fleet. */
    record Removed(Proxy proxy) implements Event {}

    /** The head of a request has been read. */
    record Begun(Served exchange) implements Event {}

    /** An exchange is over: its response has been handed on whole, or never will be. */
    record Ended(Served exchange) implements Event {}
}
