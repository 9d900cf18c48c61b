package io.chaosproxy.observe;

import io.chaosproxy.fault.Hit;
import java.util.List;

/** Something that happened on the proxies of one configuration. Events are values: they stay as they were when told. */
public sealed interface Event {
    /** A connection was accepted. */
    record Opened(ConnectionInfo connection) implements Event {}

    /** A connection has ended. */
    record Closed(ConnectionInfo connection, EndCause cause) implements Event {}

    /**
     * Another version of the plan is in force.
     *
     * @param proxy name of the proxy
     * @param version number of the version, from 1
     * @param rules names of its rules, in order
     */
    record Planned(String proxy, long version, List<String> rules) implements Event {}

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

    /** A proxy of this name was added to the registry. */
    record Added(String proxy) implements Event {}

    /** A proxy of this name was removed from the registry. */
    record Removed(String proxy) implements Event {}

    /** A proxy has other settings, such as another upstream; {@link Planned} says so of its rules. */
    record Changed(String proxy) implements Event {}

    /** A proxy was switched on or off, after it was added and before it is removed. */
    record Switched(String proxy, boolean on) implements Event {}

    /**
     * The connections of a proxy were reset because someone asked for it; each is told as {@link Closed}, too.
     *
     * @param connections number of them
     */
    record Severed(String proxy, int connections) implements Event {}

    /** A TLS handshake has ended. */
    record Handshake(String proxy, HandshakeKind handshake) implements Event {}

    /** The head of a request has been read. */
    record Begun(ExchangeId exchange) implements Event {}

    /** An exchange is over: its response has been handed on whole, or never will be. */
    record Ended(ExchangeInfo exchange) implements Event {}
}
