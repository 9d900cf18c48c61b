package io.chaosproxy;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.NetworkProfile;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.server.RunningServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A proxy in this process, running until it is closed.
 *
 * {@snippet :
 * try (ChaosProxy db = ChaosProxy.tcp("localhost", 5432)) {
 *     DataSource pool = pool("jdbc:postgresql://" + db.address() + "/shop");
 *     db.inject(Latency.of(Duration.ofMillis(200)));
 * }
 * }
 *
 * <p>Thread-safe. No method but {@link #close} waits for anything, however stuck the traffic is; a change of the plan holds for
 * open connections from their next byte on.
 */
public final class ChaosProxy implements AutoCloseable {
    /** Hosts that stand for every address of the machine, and the one under which it reaches itself. */
    private static final Set<String> EVERYWHERE = Set.of("", "0.0.0.0", "::");

    private static final String LOOPBACK = "127.0.0.1";

    private final ProxyRegistry registry;
    private final ProxyServer proxy;
    private final Instant since;

    ChaosProxy(ProxyRegistry registry, ProxyServer proxy, Instant since) {
        this.registry = registry;
        this.proxy = proxy;
        this.since = since;
    }

    /**
     * {@return a proxy for any protocol over TCP, named {@code tcp}, on a free loopback port}
     *
     * @param host of the upstream
     * @param port port of the upstream, 1 to 65535
     * @throws InvalidValueException if that makes no sense
     */
    public static ChaosProxy tcp(String host, int port) {
        return start(ProxySpec.tcp(host, port));
    }

    /**
     * {@return a proxy for HTTP/1.x, named {@code http}, on a free loopback port}
     *
     * @param upstream such as {@code http://localhost:9000} or {@code https://shop.example.com}, without a path
     * @throws InvalidValueException if that makes no sense
     */
    public static ChaosProxy http(String upstream) {
        try {
            Address address = Upstream.parse(Protocol.HTTP, upstream);
            return start(Upstream.change(ProxySpec.to(Protocol.HTTP, address), upstream));
        } catch (InvalidValueException e) {
            throw e.key().isEmpty() ? new InvalidValueException("upstream", e.reason()) : e;
        }
    }

    /**
     * {@return a proxy that detects on each connection whether it is HTTP/1.x, named {@code auto}, on a free loopback port}
     *
     * @param host of the upstream
     * @param port port of the upstream, 1 to 65535
     * @throws InvalidValueException if that makes no sense
     */
    public static ChaosProxy auto(String host, int port) {
        return start(ProxySpec.auto(host, port));
    }

    /** {@return a forward proxy, named {@code forward}, on a free loopback port: clients name their targets} */
    public static ChaosProxy forward() {
        return start(ProxySpec.forward());
    }

    /**
     * Starts a proxy for HTTP/1.x, named {@code http}, on a free loopback port.
     *
     * @param upstream such as {@code http://localhost:9000}, without a path
     * @return the running proxy
     * @throws InvalidValueException if that makes no sense
     */
    public static ChaosProxy http(URI upstream) {
        Check.given("upstream", upstream);
        return http(upstream.toString());
    }

    /**
     * {@return a proxy as it is specified, with a seed drawn for it}
     *
     * @param spec specification of the proxy
     * @throws UncheckedIOException naming proxy and address if it can't listen there
     */
    public static ChaosProxy start(ProxySpec spec) {
        return start(spec, RunningServer.drawSeed());
    }

    /**
     * {@return a proxy as it is specified}
     *
     * @param spec specification of the proxy
     * @param seed the same seed gives the same faults to the same connections and exchanges
     * @throws UncheckedIOException naming proxy and address if it can't listen there
     */
    public static ChaosProxy start(ProxySpec spec, long seed) {
        Check.given("spec", spec);
        Instant since = Instant.now();
        ProxyRegistry registry = RunningServer.registry(seed, false);
        try {
            return new ChaosProxy(registry, registry.add(spec, true), since);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** {@return the name of the proxy} */
    public String name() {
        return proxy.name();
    }

    /** {@return the present specification, with the real port and the plan in force} */
    public ProxySpec spec() {
        return proxy.spec();
    }

    /** {@return the seed of all random draws} */
    public long seed() {
        return proxy.common().seed();
    }

    /** {@return the address where clients of this machine connect} As text it is {@code host:port}. */
    public Address address() {
        Address listen = proxy.spec().listen();
        return EVERYWHERE.contains(listen.host()) ? new Address(LOOPBACK, listen.port()) : listen;
    }

    /** {@return the port where clients connect} */
    public int port() {
        return address().port();
    }

    /**
     * {@return the address with the scheme before it: {@code http://127.0.0.1:54321}, without a slash at its end} With TLS on the
     * listener it begins with {@code https} or {@code tls}.
     */
    public String url() {
        return proxy.spec().scheme() + "://" + address();
    }

    /**
     * {@return what makes clients trust the certificate that was created at the start}
     *
     * @throws IllegalStateException if there is none: the listener needs {@code tls { self-signed = true }}
     */
    public ChaosTrust trust() {
        X509Certificate authority = proxy.authority()
                .orElseThrow(() -> new IllegalStateException(
                        "proxy " + name() + " has no certificate of its own; it needs tls { self-signed = true }"));
        return new ChaosTrust(List.of(authority));
    }

    /**
     * Puts faults in force until the result is closed. Each gets a rule behind those of the plan, which always hits, named
     * after the kind of fault: {@code latency}, and while there is one of this name, {@code latency-2}.
     *
     * @param faults faults, in the order in which bytes meet them
     * @return the rules in force; closing it removes them
     * @throws InvalidValueException if this proxy can't carry them out; then nothing has changed
     */
    public Injection inject(Fault... faults) {
        return Injection.faults(proxy::change, proxy.common().journal(), proxy.name(), faults);
    }

    /**
     * Puts rules in force until the result is closed, behind those of the plan. A name that is taken gets a number, as
     * {@code slow-2}.
     *
     * @param rules rules, in the order in which bytes meet them
     * @return the rules in force; closing it removes them
     * @throws InvalidValueException if this proxy can't carry them out; then nothing has changed
     */
    public Injection inject(Rule... rules) {
        return Injection.rules(proxy::change, proxy.common().journal(), proxy.name(), Check.elements("rules", rules));
    }

    /**
     * Makes it a network that has a name, such as {@code 3g}, until the result is closed or another takes its place; other
     * rules stay.
     *
     * @param name name of the profile
     * @return the rules of the profile; closing it removes them
     * @throws InvalidValueException naming those that there are if it isn't one of them
     */
    public Injection profile(String name) {
        NetworkProfile profile = NetworkProfile.named(name);
        return Injection.profile(proxy::change, proxy.common().journal(), proxy.name(), profile);
    }

    /** {@return the rules in force} */
    public Plan plan() {
        return proxy.plan();
    }

    /**
     * Puts another plan in force.
     *
     * @param other plan to apply
     * @throws InvalidValueException if this proxy can't carry it out; then nothing has changed
     */
    public void plan(Plan other) {
        Check.given("plan", other);
        proxy.plan(other);
    }

    /**
     * Changes the plan in force without another change getting between; refuses as {@link #plan(Plan)} does.
     *
     * @param change makes the new plan of the one in force
     */
    public void change(UnaryOperator<Plan> change) {
        Check.given("change", change);
        proxy.change(before -> {
            Plan changed = change.apply(before);
            Check.given("plan", changed);
            return changed;
        });
    }

    /** Removes all rules. */
    public void clear() {
        proxy.plan(Plan.CLEAN);
    }

    /** Resets every open connection; new ones are accepted as before. */
    public void sever() {
        proxy.sever();
    }

    /**
     * Listens again, on the same port.
     *
     * @throws IllegalStateException if this has been closed
     * @throws UncheckedIOException naming proxy and address if another program has taken the port
     */
    public void enable() {
        try {
            proxy.enable();
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** Stops listening and closes all connections: as if the upstream's process were gone. */
    public void disable() {
        proxy.disable();
    }

    /** {@return whether it listens} */
    public boolean isEnabled() {
        return proxy.isEnabled();
    }

    /** {@return the counts of connections and bytes up to now} */
    public ChaosTraffic traffic() {
        return ChaosTraffic.of(proxy, Duration.between(since, Instant.now()));
    }

    /** {@return the hits on this proxy} It grows while the proxy runs. */
    public ChaosJournal journal() {
        return new ChaosJournal(proxy.common().journal(), proxy.name(), seed(), since);
    }

    /**
     * Closes everything at once. No thread and no socket of it is left when this returns, unless the system takes longer
     * than two seconds to resolve a name. Doing it twice is fine.
     */
    @Override
    public void close() {
        if (!registry.remove(proxy)) {
            proxy.close();
        }
        RunningServer.awaitEnd(List.of(proxy));
    }

    /** Such as {@code tcp: 127.0.0.1:54321 -> localhost:5432, rules: latency}. */
    @Override
    public String toString() {
        String rules = plan().rules().stream().map(Rule::name).collect(Collectors.joining(", "));
        return name() + ": " + address() + (isEnabled() ? "" : " (off)") + " -> "
                + proxy.spec().upstream().map(Address::toString).orElse("the targets that clients name")
                + (rules.isEmpty() ? "" : ", rules: " + rules);
    }
}
