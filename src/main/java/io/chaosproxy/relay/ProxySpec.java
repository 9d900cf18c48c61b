package io.chaosproxy.relay;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.net.Address;
import java.util.Locale;
import java.util.Map;

/**
 * What a proxy is to be: one listening address, one upstream, one plan.
 *
 * @param name unique within a configuration; part of every draw
 * @param listen where clients connect; port 0 for a free one
 * @param upstream where connections go
 * @param switchedOff words of the short form that make no rule at present, with their values, such as the range of a jitter
 *     whose probability is 0; a change that gives the probability alone finds the range here
 */
public record ProxySpec(
        String name,
        Protocol protocol,
        Address listen,
        Address upstream,
        Plan plan,
        Options options,
        Map<String, String> switchedOff) {
    /** What code has that names no address: any free port of this machine, for nobody outside. */
    private static final Address FREE_LOOPBACK = new Address("127.0.0.1", 0);

    public ProxySpec {
        Check.given("name", name);
        Check.given("protocol", protocol);
        Check.given("listen", listen);
        Check.given("upstream", upstream);
        Check.given("plan", plan);
        Check.given("options", options);
        Check.given("switchedOff", switchedOff);
        switchedOff = Map.copyOf(switchedOff);
        Check.name("name", name);
        Check.that(!upstream.host().isEmpty(), "upstream", "must name a host");
        Check.that(upstream.port() > 0, "upstream", "must name a port");
        plan.checkFor(protocol);
    }

    /** Without words of the short form that are switched off. */
    public ProxySpec(String name, Protocol protocol, Address listen, Address upstream, Plan plan, Options options) {
        this(name, protocol, listen, upstream, plan, options, Map.of());
    }

    /** A proxy named {@code tcp} without faults, on a free loopback port. */
    public static ProxySpec tcp(String host, int port) {
        return to(Protocol.TCP, new Address(host, port));
    }

    /** A proxy named {@code http} without faults, on a free loopback port. */
    public static ProxySpec http(String host, int port) {
        return to(Protocol.HTTP, new Address(host, port));
    }

    /** A proxy named after its protocol, without faults, on a free loopback port. */
    public static ProxySpec to(Protocol protocol, Address upstream) {
        Check.given("protocol", protocol);
        String name = protocol.name().toLowerCase(Locale.ROOT);
        return new ProxySpec(name, protocol, FREE_LOOPBACK, upstream, Plan.CLEAN, Options.DEFAULTS);
    }

    /** The same under another name. */
    public ProxySpec named(String other) {
        return new ProxySpec(other, protocol, listen, upstream, plan, options, switchedOff);
    }

    /** The same, listening there; port 0 for a free one. */
    public ProxySpec listeningOn(String host, int port) {
        return new ProxySpec(name, protocol, new Address(host, port), upstream, plan, options, switchedOff);
    }

    /** The same with another plan. */
    public ProxySpec with(Plan other) {
        return new ProxySpec(name, protocol, listen, upstream, other, options, switchedOff);
    }

    /** The same, listening on this port. */
    ProxySpec listeningOn(int port) {
        return new ProxySpec(name, protocol, new Address(listen.host(), port), upstream, plan, options, switchedOff);
    }

    /** The same with other options. */
    public ProxySpec with(Options other) {
        return new ProxySpec(name, protocol, listen, upstream, plan, other, switchedOff);
    }

    /** The same with other words of the short form that are switched off. */
    public ProxySpec switchedOff(Map<String, String> words) {
        return new ProxySpec(name, protocol, listen, upstream, plan, options, words);
    }
}
