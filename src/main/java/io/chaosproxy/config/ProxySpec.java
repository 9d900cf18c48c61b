package io.chaosproxy.config;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TlsFault;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Specification of a proxy: one listening address, one upstream, one plan. Immutable.
 *
 * {@snippet :
 * ProxySpec spec = ProxySpec.http("localhost", 9000).named("shop").listeningOn("127.0.0.1", 8080);
 * ChaosProxy shop = ChaosProxy.start(spec);
 * }
 *
 * @param name unique within a configuration; part of every draw
 * @param protocol what the proxy understands of the traffic
 * @param listen where clients connect; port 0 for a free one
 * @param upstream where connections go; empty if each client names it
 * @param plan faults from the start on
 * @param options settings besides faults
 * @param tls what the listener does with TLS; empty for nothing
 * @param upstreamTls how the upstream is reached by TLS; empty for without
 * @param intercept how a forward proxy intercepts TLS; empty for not at all
 * @param written values as they were written, by the path of their key: those of the short form, which made rules of the plan
 *     or none, such as the range of a jitter whose probability is 0; and durations and sizes of the options, such as
 *     {@code idle-timeout}. A change finds them here, and the configuration is written with them. Equality is about what
 *     the proxy does, so they don't count for it
 */
public record ProxySpec(
        String name,
        Protocol protocol,
        Address listen,
        Optional<Address> upstream,
        Plan plan,
        Options options,
        Optional<ListenerTls> tls,
        Optional<UpstreamTls> upstreamTls,
        Optional<Intercept> intercept,
        Map<String, String> written) {
    /** Why {@code alpn} of some listeners must not have {@code h2}. */
    static final String HTTP_1_ONLY = "h2 needs protocol = tcp or auto: http and forward proxies speak HTTP/1";

    private static final String FORWARD_ONLY = "needs protocol = forward";

    /** Default listen address: an ephemeral port on loopback. */
    private static final Address FREE_LOOPBACK = new Address("127.0.0.1", 0);

    /** Rejects an upstream without host or port or that is the proxy itself, and a plan that the protocol can't carry out. */
    public ProxySpec {
        Check.given("name", name);
        Check.given("protocol", protocol);
        Check.given("listen", listen);
        Check.given("upstream", upstream);
        Check.given("plan", plan);
        Check.given("options", options);
        Check.given("tls", tls);
        Check.given("upstream-tls", upstreamTls);
        Check.given("intercept", intercept);
        Check.given("written", written);
        written = Map.copyOf(written);
        Check.name("name", name);
        check(upstream, protocol, listen);
        check(options.forward(), protocol, listen);
        Check.that(
                upstreamTls.isEmpty() || protocol != Protocol.FORWARD || intercept.isPresent(),
                "upstream-tls",
                "needs intercept with protocol = forward: without it clients negotiate TLS with their targets"
                        + " themselves");
        Check.that(
                intercept.isEmpty()
                        || upstreamTls.flatMap(UpstreamTls::serverName).isEmpty(),
                "upstream-tls",
                "server-name does not go with intercept: each target has a name of its own");
        Check.that(intercept.isEmpty() || protocol == Protocol.FORWARD, "intercept", FORWARD_ONLY);
        check(plan, protocol, tls, intercept);
        Check.that(
                !(tls.orElse(null) instanceof ListenerTls.Passthrough)
                        || protocol == Protocol.TCP
                        || protocol == Protocol.AUTO,
                "tls",
                "passthrough needs protocol = tcp or auto: what is encrypted has no requests");
        Check.that(!offersUnspokenHttp2(tls, protocol), "tls", "alpn: " + HTTP_1_ONLY);
    }

    /** Whether clients may negotiate HTTP/2 with a proxy that would have to understand it and does not. */
    static boolean offersUnspokenHttp2(Optional<ListenerTls> tls, Protocol protocol) {
        return (protocol == Protocol.HTTP || protocol == Protocol.FORWARD)
                && tls.orElse(null) instanceof ListenerTls.Terminated listener
                && listener.alpn().contains("h2");
    }

    private static Optional<Address> given(Address upstream) {
        Check.given("upstream", upstream);
        return Optional.of(upstream);
    }

    private static void check(Optional<Address> upstream, Protocol protocol, Address listen) {
        if (protocol == Protocol.FORWARD) {
            Check.that(
                    upstream.isEmpty(), "upstream", "does not go with protocol = forward: clients name their targets");
            return;
        }
        Check.that(upstream.isPresent(), "upstream", "is missing");
        Address to = upstream.get();
        Check.that(!to.host().isEmpty(), "upstream", "must name a host");
        Check.that(to.port() > 0, "upstream", "must name a port");
        Check.that(!to.leadsTo(listen), "upstream", "must not be the address that the proxy itself listens on");
    }

    /** A forward proxy that others can reach must not connect them to everything that this machine reaches. */
    private static void check(ForwardAccess access, Protocol protocol, Address listen) {
        if (protocol == Protocol.FORWARD) {
            Check.that(
                    listen.isLoopback()
                            || access.needsCredentials()
                            || !access.allow().isEmpty(),
                    "listen",
                    "a forward proxy on another address than loopback needs credentials-file, credentials-env or"
                            + " allow");
            return;
        }
        Check.that(access.allow().isEmpty(), "allow", FORWARD_ONLY);
        Check.that(access.deny().isEmpty(), "deny", FORWARD_ONLY);
        Check.that(access.credentialsFile().isEmpty(), "credentials-file", FORWARD_ONLY);
        Check.that(access.credentialsEnv().isEmpty(), "credentials-env", FORWARD_ONLY);
    }

    /**
     * Checks that the proxy can carry out a plan.
     *
     * @param other plan
     * @throws InvalidValueException naming the rule
     */
    public void check(Plan other) {
        Check.given("plan", other);
        check(other, protocol, tls, intercept);
    }

    /**
     * Checks that the proxy can carry out a rule.
     *
     * @param rule rule
     * @throws InvalidValueException naming the key of the rule
     */
    public void check(Rule rule) {
        Check.given("rule", rule);
        rule.checkFor(protocol);
        checkTls(rule, protocol, tls, intercept);
    }

    private static void check(Plan plan, Protocol protocol, Optional<ListenerTls> tls, Optional<Intercept> intercept) {
        plan.checkFor(protocol);
        for (Rule rule : plan.rules()) {
            try {
                checkTls(rule, protocol, tls, intercept);
            } catch (InvalidValueException e) {
                throw new InvalidValueException("faults." + rule.name() + "." + e.key(), e.reason());
            }
        }
    }

    /** Checks that a listener can carry out a rule. */
    static void checkTls(Rule rule, Protocol protocol, Optional<ListenerTls> tls, Optional<Intercept> intercept) {
        Check.that(
                rule.when().sni().isEmpty() || tls.isPresent() || protocol.isDetected(),
                "when",
                "sni needs tls { ... }, tls = passthrough or protocol = auto: nothing else here reads a ClientHello");
        Check.that(
                protocol != Protocol.FORWARD
                        || rule.when().target().isEmpty()
                        || !(rule.fault() instanceof AcceptFault),
                "when",
                "no target is known when a connection to a forward proxy is accepted, so no target");
        Check.that(
                !(rule.fault() instanceof TlsFault)
                        || tls.orElse(null) instanceof ListenerTls.Terminated
                        || intercept.isPresent(),
                "type",
                "a " + rule.fault().type()
                        + " of the TLS handshake needs tls { ... }, or intercept { ... } on a forward proxy");
    }

    /**
     * Without TLS.
     *
     * @param name unique within a configuration
     * @param protocol what the proxy understands of the traffic
     * @param listen where clients connect; port 0 for a free one
     * @param upstream where connections go
     * @param plan faults from the start on
     * @param options settings besides faults
     * @param written values as they were written, by the path of their key
     */
    public ProxySpec(
            String name,
            Protocol protocol,
            Address listen,
            Address upstream,
            Plan plan,
            Options options,
            Map<String, String> written) {
        this(
                name,
                protocol,
                listen,
                given(upstream),
                plan,
                options,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                written);
    }

    /**
     * Written without the short form.
     *
     * @param name unique within a configuration
     * @param protocol what the proxy understands of the traffic
     * @param listen where clients connect; port 0 for a free one
     * @param upstream where connections go
     * @param plan faults from the start on
     * @param options settings besides faults
     */
    public ProxySpec(String name, Protocol protocol, Address listen, Address upstream, Plan plan, Options options) {
        this(name, protocol, listen, upstream, plan, options, Map.of());
    }

    /**
     * {@return a proxy named {@code tcp} without faults, on a free loopback port}
     *
     * @param host host of the upstream
     * @param port port of the upstream
     */
    public static ProxySpec tcp(String host, int port) {
        return to(Protocol.TCP, new Address(host, port));
    }

    /**
     * {@return a proxy named {@code http} without faults, on a free loopback port}
     *
     * @param host host of the upstream
     * @param port port of the upstream
     */
    public static ProxySpec http(String host, int port) {
        return to(Protocol.HTTP, new Address(host, port));
    }

    /** {@return a forward proxy named {@code forward} without faults, on a free loopback port} */
    public static ProxySpec forward() {
        return new ProxySpec(
                "forward",
                Protocol.FORWARD,
                FREE_LOOPBACK,
                Optional.empty(),
                Plan.CLEAN,
                Options.DEFAULTS,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of());
    }

    /**
     * {@return a proxy named {@code auto} without faults, on a free loopback port}
     *
     * @param host host of the upstream
     * @param port port of the upstream
     */
    public static ProxySpec auto(String host, int port) {
        return to(Protocol.AUTO, new Address(host, port));
    }

    /**
     * {@return a proxy named after its protocol, without faults, on a free loopback port}
     *
     * @param protocol what the proxy understands of the traffic
     * @param upstream where connections go
     */
    public static ProxySpec to(Protocol protocol, Address upstream) {
        Check.given("protocol", protocol);
        String name = protocol.name().toLowerCase(Locale.ROOT);
        return new ProxySpec(name, protocol, FREE_LOOPBACK, upstream, Plan.CLEAN, Options.DEFAULTS);
    }

    /**
     * {@return this specification under another name}
     *
     * @param other name, unique within a configuration
     */
    public ProxySpec named(String other) {
        return with(draft -> draft.name = other);
    }

    /**
     * {@return this specification, listening there}
     *
     * @param host host to listen on; empty for all interfaces
     * @param port port; 0 for a free one
     */
    public ProxySpec listeningOn(String host, int port) {
        return with(draft -> draft.listen = new Address(host, port));
    }

    /**
     * {@return this specification with another plan}
     *
     * @param other replacement
     */
    public ProxySpec with(Plan other) {
        return with(draft -> draft.plan = other);
    }

    /**
     * {@return this specification, listening on this port}
     *
     * @param port port; 0 for a free one
     */
    public ProxySpec listeningOn(int port) {
        return listeningOn(listen.host(), port);
    }

    /**
     * {@return this specification with other options}
     *
     * @param other replacement
     */
    public ProxySpec with(Options other) {
        return with(draft -> draft.options = other);
    }

    /**
     * {@return this specification, written with these values}
     *
     * @param keys paths of keys to their values
     */
    public ProxySpec writtenAs(Map<String, String> keys) {
        return with(draft -> draft.written = keys);
    }

    /**
     * {@return this specification, the listener doing this with TLS}
     *
     * @param listener what it does
     */
    public ProxySpec tls(ListenerTls listener) {
        Check.given("tls", listener);
        return with(draft -> draft.tls = Optional.of(listener));
    }

    /**
     * {@return this specification, the upstream being reached by TLS}
     *
     * @param how how it is reached
     */
    public ProxySpec upstreamTls(UpstreamTls how) {
        Check.given("upstream-tls", how);
        return with(draft -> draft.upstreamTls = Optional.of(how));
    }

    /**
     * {@return this specification of a forward proxy, intercepting TLS}
     *
     * @param how how it does that
     */
    public ProxySpec intercept(Intercept how) {
        Check.given("intercept", how);
        return with(draft -> draft.intercept = Optional.of(how));
    }

    /**
     * {@return scheme of a URL of the listener: {@code http} for http and forward, else {@code tcp}; and {@code https} or {@code tls} if it
     * terminates TLS}
     */
    public String scheme() {
        boolean secured = tls.orElse(null) instanceof ListenerTls.Terminated;
        return switch (protocol) {
            case HTTP, FORWARD -> secured ? "https" : "http";
            case TCP, AUTO -> secured ? "tls" : "tcp";
        };
    }

    private ProxySpec with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.build();
    }

    /** A specification under change. */
    private static final class Draft {
        String name;
        final Protocol protocol;
        Address listen;
        final Optional<Address> upstream;
        Plan plan;
        Options options;
        Optional<ListenerTls> tls;
        Optional<UpstreamTls> upstreamTls;
        Optional<Intercept> intercept;
        Map<String, String> written;

        Draft(ProxySpec spec) {
            name = spec.name;
            protocol = spec.protocol;
            listen = spec.listen;
            upstream = spec.upstream;
            plan = spec.plan;
            options = spec.options;
            tls = spec.tls;
            upstreamTls = spec.upstreamTls;
            intercept = spec.intercept;
            written = spec.written;
        }

        ProxySpec build() {
            return new ProxySpec(name, protocol, listen, upstream, plan, options, tls, upstreamTls, intercept, written);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ProxySpec spec
                && name.equals(spec.name)
                && protocol == spec.protocol
                && listen.equals(spec.listen)
                && upstream.equals(spec.upstream)
                && plan.equals(spec.plan)
                && options.equals(spec.options)
                && tls.equals(spec.tls)
                && upstreamTls.equals(spec.upstreamTls)
                && intercept.equals(spec.intercept);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, protocol, listen, upstream, plan, options, tls, upstreamTls, intercept);
    }
}
