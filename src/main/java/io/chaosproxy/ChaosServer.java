package io.chaosproxy;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.control.ControlPlane;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.server.RunningServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A configuration, running: all its proxies, with one journal and one seed, and its control plane if it has one. Thread-safe.
 *
 * {@snippet :
 * ChaosConfig config = ChaosConfig.parse("""
 *     chaos-proxy.proxies.orders-db { protocol = tcp, listen = "127.0.0.1:0", upstream = "localhost:5432" }
 *     """);
 * try (ChaosServer server = ChaosServer.start(config)) {
 *     server.proxy("orders-db").inject(Latency.of(Duration.ofMillis(200)));
 * }
 * }
 */
public final class ChaosServer implements AutoCloseable {
    private final RunningServer server;
    private final Instant since = Instant.now();
    private @Nullable ControlPlane control; // null without one

    private ChaosServer(RunningServer server) {
        this.server = server;
    }

    /**
     * Starts every proxy, and the control plane if the configuration has a section {@code control}; they accept
     * connections when this returns.
     *
     * @param config configuration to run
     * @return the running server
     * @throws IOException naming what can't be had: the proxy and its address, the address of the control plane, or the
     *     libraries that it needs ({@link MissingLibrary}); then nothing is left running
     */
    public static ChaosServer start(ChaosConfig config) throws IOException {
        Check.given("config", config);
        if (config.control().isPresent()) {
            MissingLibrary.checkControlPlane();
        }
        ChaosServer started = startProxies(config);
        try {
            if (config.control().isPresent()) {
                started.control = ControlPlane.start(config.control().get(), started.registry(), Optional.empty());
            }
            return started;
        } catch (IOException | RuntimeException e) {
            started.close();
            throw e;
        }
    }

    /**
     * Starts every proxy and no control plane, even if the configuration has one.
     *
     * @param config configuration to run
     * @return the running server
     * @throws IOException naming the proxy and the address that could not be had; then nothing is left running
     */
    public static ChaosServer startProxies(ChaosConfig config) throws IOException {
        Check.given("config", config);
        if (config.cluster().isPresent()) {
            MissingLibrary.checkCluster();
        }
        return new ChaosServer(RunningServer.start(config));
    }

    /** {@return a random seed of at most ten digits, short enough to be read out} */
    public static long drawSeed() {
        return RunningServer.drawSeed();
    }

    ProxyRegistry registry() {
        return server.registry();
    }

    /** {@return the seed of all random draws} The same seed gives the same faults. */
    public long seed() {
        return server.seed();
    }

    /** {@return the hits of all proxies} */
    public Journal journal() {
        return server.journal();
    }

    /** {@return the proxies at this moment, ordered by name} */
    public List<ChaosProxy> proxies() {
        return server.proxies().stream().map(this::shown).toList();
    }

    /**
     * {@return one of the proxies}
     *
     * @param name name of the proxy
     * @throws NoSuchElementException naming those that there are if it isn't one of them
     */
    public ChaosProxy proxy(String name) {
        Check.given("name", name);
        return registry()
                .find(name)
                .map(this::shown)
                .orElseThrow(() -> new NoSuchElementException("there is no proxy named " + name + ", only "
                        + server.proxies().stream().map(ProxyServer::name).toList()));
    }

    private ChaosProxy shown(ProxyServer proxy) {
        return new ChaosProxy(registry(), proxy, since);
    }

    /** {@return the address of the control plane, with the real port; empty if there is none} */
    public Optional<InetSocketAddress> controlAddress() {
        return Optional.ofNullable(control).map(ControlPlane::address);
    }

    /**
     * Closes everything at once. No thread and no socket of its proxies is left when this returns, unless the system takes
     * longer than two seconds to resolve a name. (Of a control plane, Helidon's idle timer stays.)
     */
    @Override
    public void close() {
        registry().close();
        if (control != null) {
            control.close();
        }
        server.close();
    }

    /**
     * Stops listening everywhere, lets running exchanges go on for each proxy's drain time, then closes.
     *
     * @throws InterruptedException if the calling thread is interrupted; everything is closed then as well
     */
    public void shutdown() throws InterruptedException {
        try {
            server.shutdown();
        } finally {
            close();
        }
    }
}
