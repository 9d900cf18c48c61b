package io.chaosproxy.relay;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;

/**
 * What a proxy is to be: one listening address, one upstream, one plan.
 *
 * @param name unique within a configuration; part of every draw
 * @param listen where clients connect; port 0 for a free one
 * @param upstream where connections go
 */
public record ProxySpec(String name, Protocol protocol, Address listen, Address upstream, Plan plan, Options options) {
    public ProxySpec {
        Check.that(!name.isBlank(), "name", "must not be empty");
        Check.that(!upstream.host().isEmpty(), "upstream", "must name a host");
        Check.that(upstream.port() > 0, "upstream", "must name a port");
        plan.checkFor(protocol);
    }

    /** The same with another plan. */
    public ProxySpec with(Plan other) {
        return new ProxySpec(name, protocol, listen, upstream, other, options);
    }

    /** The same, listening on this port. */
    ProxySpec listeningOn(int port) {
        return new ProxySpec(name, protocol, new Address(listen.host(), port), upstream, plan, options);
    }

    /** The same with other options. */
    public ProxySpec with(Options other) {
        return new ProxySpec(name, protocol, listen, upstream, plan, other);
    }
}
