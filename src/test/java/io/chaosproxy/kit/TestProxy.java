package io.chaosproxy.kit;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.forward.ForwardHandler;
import io.chaosproxy.http.Http1Handler;
import io.chaosproxy.relay.DetectedHandler;
import io.chaosproxy.relay.ProtocolHandler;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import io.chaosproxy.relay.TcpHandler;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** Proxies on free loopback ports, as tests need them. */
public final class TestProxy {
    /** Those of proxies that lead to one upstream, whatever their clients want. */
    public static final List<Protocol> WITH_UPSTREAM = List.of(Protocol.TCP, Protocol.HTTP, Protocol.AUTO);

    private TestProxy() {}

    /** A tcp proxy named {@code tcp} with seed 1. */
    public static ProxyServer tcp(int upstreamPort, Rule... rules) throws IOException {
        return start(spec(Protocol.TCP, upstreamPort, rules), 1);
    }

    /** An http proxy named {@code http} with seed 1. */
    public static ProxyServer http(int upstreamPort, Rule... rules) throws IOException {
        return start(spec(Protocol.HTTP, upstreamPort, rules), 1);
    }

    /** A proxy named {@code auto} with seed 1 that detects what its clients speak. */
    public static ProxyServer auto(int upstreamPort, Rule... rules) throws IOException {
        return start(spec(Protocol.AUTO, upstreamPort, rules), 1);
    }

    /** The same as {@link #http(int, Rule...)} with options of its own. */
    public static ProxyServer http(Options options, int upstreamPort, Rule... rules) throws IOException {
        return start(spec(Protocol.HTTP, upstreamPort, rules).with(options), 1);
    }

    /** What {@link #tcp} and {@link #http} start. */
    public static ProxySpec spec(Protocol protocol, int upstreamPort, Rule... rules) {
        return new ProxySpec(
                protocol.name().toLowerCase(Locale.ROOT),
                protocol,
                new Address("127.0.0.1", 0),
                new Address("127.0.0.1", upstreamPort),
                Plan.of(rules),
                Options.DEFAULTS);
    }

    /** A forward proxy named {@code forward} with seed 1. */
    public static ProxyServer forward(Rule... rules) throws IOException {
        return start(ProxySpec.forward().with(Plan.of(rules)), 1);
    }

    /** The same for some clients and targets. */
    public static ProxyServer forward(ForwardAccess access, Rule... rules) throws IOException {
        return start(ProxySpec.forward().with(Options.DEFAULTS.forward(access)).with(Plan.of(rules)), 1);
    }

    /** A running proxy with a journal of its own. */
    public static ProxyServer start(ProxySpec spec, long seed) throws IOException {
        ServerContext common = new ServerContext(seed, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY));
        return ProxyServer.start(spec, common, handler(spec.protocol()));
    }

    /** What relays the connections of such a proxy, as the program has it. */
    public static ProtocolHandler handler(Protocol protocol) {
        return switch (protocol) {
            case TCP -> new TcpHandler();
            case HTTP -> new Http1Handler();
            case AUTO -> new DetectedHandler(new TcpHandler(), new Http1Handler());
            case FORWARD -> new ForwardHandler();
        };
    }

    /** A rule named after the kind of fault. */
    public static Rule rule(Fault fault) {
        return Rule.of(fault.type(), fault);
    }

    /** Waits until something is so, and fails after a minute: longer than any pause of a busy machine. */
    public static void await(String what, BooleanSupplier so) throws InterruptedException {
        long begun = System.nanoTime();
        while (!so.getAsBoolean()) {
            long waited = (System.nanoTime() - begun) / 1_000_000;
            if (waited > 60_000) {
                throw new AssertionError("not within 60 s: " + what);
            }
            Thread.sleep(Math.clamp(waited / 20, 1, 20)); // looks more rarely at what takes long
        }
    }
}
