package io.chaosproxy;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.control.ControlPlane;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.http.Http1Handler;
import io.chaosproxy.observe.FlightEvents;
import io.chaosproxy.relay.ProtocolHandler;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import io.chaosproxy.relay.TcpHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A whole configuration, running: all its proxies with what they have in common, and its control plane if it has one. Any
 * thread may use it.
 */
public final class ChaosServer implements AutoCloseable {
    /** A thread that still lives then waits for the system, which may take minutes to resolve a name. */
    private static final Duration LAST_THREAD = Duration.ofSeconds(2);

    private final ProxyRegistry fleet;
    private final Instant since = Instant.now();
    private @Nullable ControlPlane control; // null without one

    private ChaosServer(ProxyRegistry fleet) {
        this.fleet = fleet;
    }

    /**
     * Starts every proxy, and the control plane if the configuration has a section {@code control}; they accept
     * connections when this returns.
     *
     * @throws IOException naming what can't be had: the proxy and its address, the address of the control plane, or the
     *     libraries that it needs ({@link MissingLibrary}); then nothing is left running
     */
    public static ChaosServer start(ChaosConfig config) throws IOException {
        Check.given("config", config);
        if (config.control().isPresent()) {
            MissingLibrary.checkControlPlane();
        }
        ChaosServer server = startProxies(config);
        try {
            if (config.control().isPresent()) {
                server.control = ControlPlane.start(config.control().get(), server.fleet, Optional.empty());
            }
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /**
     * Starts every proxy and leaves the control plane to the caller.
     *
     * @throws IOException naming the proxy and the address that could not be had; then nothing is left running
     */
    public static ChaosServer startProxies(ChaosConfig config) throws IOException {
        Check.given("config", config);
        boolean hitHeaders = config.control().map(ControlSettings::hitHeaders).orElse(false);
        ProxyRegistry fleet = fleet(config.seed().orElseGet(ChaosServer::drawSeed), hitHeaders);
        try {
            fleet.commonRules(config.common());
            for (ProxySpec spec : config.proxies()) {
                fleet.add(spec.with(config.planOf(spec)), true);
            }
        } catch (IOException | RuntimeException e) {
            fleet.close();
            throw e;
        }
        return new ChaosServer(fleet);
    }

    /** Proxies to be, with a journal of their own. */
    static ProxyRegistry fleet(long seed, boolean hitHeaders) {
        ServerContext common =
                new ServerContext(seed, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY), hitHeaders);
        FlightEvents.record(common.events());
        return new ProxyRegistry(common, ChaosServer::relay);
    }

    /** A seed by chance, short enough to be read out. */
    public static long drawSeed() {
        return new SecureRandom().nextInt(Integer.MAX_VALUE);
    }

    private static ProtocolHandler relay(Protocol protocol) {
        return switch (protocol) {
            case TCP -> new TcpHandler();
            case HTTP -> new Http1Handler();
        };
    }

    /** Its proxies, to be changed and watched. */
    public ProxyRegistry fleet() {
        return fleet;
    }

    /** What all chance was drawn from; the same seed gives the same faults. */
    public long seed() {
        return fleet.common().seed();
    }

    /** What was done to whom, on all proxies. */
    public Journal journal() {
        return fleet.common().journal();
    }

    /** Its proxies at this moment, ordered by name. */
    public List<ProxyServer> proxies() {
        return List.copyOf(fleet.all());
    }

    /**
     * One of its proxies.
     *
     * @throws NoSuchElementException naming those that there are if it isn't one of them
     */
    public ChaosProxy proxy(String name) {
        Check.given("name", name);
        return fleet.find(name)
                .map(found -> new ChaosProxy(fleet, found, since))
                .orElseThrow(() -> new NoSuchElementException("there is no proxy named " + name + ", only "
                        + fleet.all().stream().map(ProxyServer::name).toList()));
    }

    /** Where the control plane listens, with the real port; empty if there is none. */
    public Optional<InetSocketAddress> controlAddress() {
        return Optional.ofNullable(control).map(ControlPlane::address);
    }

    /**
     * Closes everything at once. No thread and no socket of its proxies is left when this returns, unless the system takes
     * longer than two seconds to resolve a name. (Of a control plane, Helidon's idle timer stays.)
     */
    @Override
    public void close() {
        fleet.close();
        if (control != null) {
            control.close();
        }
        awaitEnd(fleet.all());
    }

    /** Sees the last threads of closed proxies leave. */
    static void awaitEnd(Collection<ProxyServer> closed) {
        long end = System.nanoTime() + LAST_THREAD.toNanos();
        try {
            for (ProxyServer proxy : closed) {
                proxy.awaitEnd(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // they leave without being looked at
        }
    }

    /**
     * Stops listening everywhere, lets what is under way go on for each proxy's drain time, then closes.
     *
     * @throws InterruptedException if the calling thread is interrupted; everything is closed then as well
     */
    public void shutdown() throws InterruptedException {
        List<Thread> closing = new ArrayList<>();
        for (ProxyServer proxy : fleet.all()) {
            closing.add(Thread.ofVirtual().name(proxy.name() + " drain").start(() -> drain(proxy)));
        }
        try {
            for (Thread thread : closing) {
                thread.join();
            }
        } finally {
            close();
        }
    }

    private static void drain(ProxyServer proxy) {
        try {
            proxy.close(proxy.spec().options().drain());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
