package io.chaosproxy.helidon;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.fault.Truncate;

/** Faults that can't be injected inside a service, each with its reason; {@code src/docs/helidon.md} has them as a table. */
final class SupportedFaults {
    private static final String SOCKETS =
            "needs the sockets: give connectionOptions(chaos.sockets()) to the WebServer's builder first";

    private static final String NO_SOCKET = "a client service never gets hold of the socket: put a proxy between";

    private SupportedFaults() {}

    /**
     * Refuses what a filter can't do.
     *
     * @param knowsSockets whether it sees the sockets that the server accepts
     * @throws InvalidValueException naming the rule and the key
     */
    static void checkServer(Plan plan, boolean knowsSockets) {
        for (Rule rule : plan.rules()) {
            checkBoth(rule);
            switch (rule.fault()) {
                case Reset reset -> require(knowsSockets, rule, "type", "reset " + SOCKETS);
                case AcceptFault fault -> {
                    require(knowsSockets, rule, "type", fault.type() + " " + SOCKETS);
                    require(
                            fault.how() == AcceptFault.How.RESET,
                            rule,
                            "how",
                            "the server has accepted, and ends its connections by itself: only reset is possible");
                    require(
                            fault.delay().isZero(),
                            rule,
                            "delay",
                            "the thread that accepts would stand still for all; an accepted connection is reset at"
                                    + " once");
                }
                case Headers headers ->
                    require(
                            headers.on() == Headers.On.RESPONSE,
                            rule,
                            "on",
                            "Helidon's request has no header fields that can be changed");
                default -> {} // the others are as good as in a client
            }
            require(
                    rule.chance().per() != TrialUnit.CONNECTION || knowsSockets,
                    rule,
                    "per",
                    "to know connections apart it " + SOCKETS);
        }
    }

    /**
     * Refuses what a client service can't do.
     *
     * @throws InvalidValueException naming the rule and the key
     */
    static void checkClient(Plan plan) {
        for (Rule rule : plan.rules()) {
            checkBoth(rule);
            switch (rule.fault()) {
                case Reset reset -> refuse(rule, "type", NO_SOCKET);
                case AcceptFault fault -> refuse(rule, "type", NO_SOCKET);
                case Respond respond ->
                    refuse(
                            rule,
                            "type",
                            "Helidon's response can't be closed without a connection to the upstream: answer by a"
                                    + " filter there, or by a proxy");
                case Rate rate ->
                    require(
                            rule.way() == Directions.DOWN,
                            rule,
                            "direction",
                            "a client service isn't handed the body of the request: only down is possible");
                default -> {}
            }
            require(
                    rule.chance().per() != TrialUnit.CONNECTION,
                    rule,
                    "per",
                    "a client service doesn't see which connection is used");
            require(
                    rule.when().client().isEmpty(),
                    rule,
                    "when.client",
                    "the client of an outgoing call is always this process");
        }
    }

    private static void checkBoth(Rule rule) {
        String kind = rule.fault().type();
        require(
                rule.when().sni().isEmpty(),
                rule,
                "when.sni",
                "Helidon reads the ClientHello, and tells nothing of it");
        require(rule.when().target().isEmpty(), rule, "when.target", "nothing here knows of upstreams: host does it");
        switch (rule.fault()) {
            case Latency latency ->
                require(
                        latency.scope() == Latency.Scope.FIRST_BYTE,
                        rule,
                        "scope",
                        "inside a service bytes can't be late without holding up their writer: only first-byte is"
                                + " possible");
            case Rate rate ->
                require(
                        rate.shared() == FaultScope.PROXY,
                        rule,
                        "shared",
                        "all exchanges here share it: only proxy is possible");
            case Timeout timeout ->
                refuse(rule, "type", kind + " swallows bytes of a connection, and there is none here");
            case SlowClose close -> refuse(rule, "type", "Helidon ends its connections by itself");
            case Slice slice -> refuse(rule, "type", "Helidon decides into which pieces it writes");
            case Limit limit -> refuse(rule, "type", kind + " counts bytes of a connection, and there is none here");
            case Corrupt corrupt -> refuse(rule, "type", "bytes of a service's own bodies aren't changed inside it");
            case Truncate truncate -> refuse(rule, "type", "Helidon sees to it that bodies are as long as announced");
            case Outage outage ->
                require(
                        outage.scope() != FaultScope.ALL,
                        rule,
                        "scope",
                        "nothing here knows of other proxies: only connection and proxy are possible");
            case Reset reset -> {}
            case AcceptFault fault -> {}
            case TlsFault fault ->
                refuse(rule, "type", kind + " acts on a TLS handshake, which Helidon carries out by itself");
            case Respond respond -> {}
            case Headers headers -> {}
            default -> refuse(rule, "type", kind + " is not known to be possible inside a service");
        }
    }

    private static void require(boolean holds, Rule rule, String key, String reason) {
        if (!holds) {
            refuse(rule, key, reason);
        }
    }

    private static void refuse(Rule rule, String key, String reason) {
        throw new InvalidValueException("faults." + rule.name() + "." + key, reason);
    }
}
