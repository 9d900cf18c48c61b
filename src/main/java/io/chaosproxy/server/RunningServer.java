package io.chaosproxy.server;

import io.chaosproxy.cluster.Cluster;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ClusterSettings;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.forward.ForwardHandler;
import io.chaosproxy.http.Http1Handler;
import io.chaosproxy.inject.PlanMemoryException;
import io.chaosproxy.observe.FlightEvents;
import io.chaosproxy.relay.DetectedHandler;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.ProtocolHandler;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import io.chaosproxy.relay.TcpHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** The proxies of one configuration, running until this is closed. Thread-safe. */
public final class RunningServer implements AutoCloseable {
    /** A thread that still lives then waits for the system, which may take minutes to resolve a name. */
    private static final Duration LAST_THREAD = Duration.ofSeconds(2);

    private final ProxyRegistry registry;

    private RunningServer(ProxyRegistry registry) {
        this.registry = registry;
    }

    /**
     * Starts every proxy; they accept connections when this returns.
     *
     * @throws IOException naming the proxy and the address that could not be had, or all files that can't be used; then nothing is left
     *     running
     */
    public static RunningServer start(ChaosConfig config) throws IOException {
        ProxyServer.checkFiles(config.proxies());
        boolean hitHeaders = config.control().map(ControlSettings::hitHeaders).orElse(false);
        long seed = config.seed().orElseGet(RunningServer::drawSeed);
        Optional<Fleet> fleet =
                config.cluster().isPresent() ? Optional.of(join(config.cluster().get(), config)) : Optional.empty();
        ProxyRegistry registry = registry(seed, hitHeaders, fleet);
        try {
            registry.commonRules(config.common());
            for (ProxySpec spec : config.proxies()) {
                Optional<Plan> ofCluster = fleet.flatMap(cluster -> cluster.plan(spec));
                registry.add(spec.with(ofCluster.orElseGet(() -> config.planOf(spec))), true);
            }
            fleet.ifPresent(cluster -> share(cluster, registry));
        } catch (IOException | RuntimeException e) {
            registry.close();
            fleet.ifPresent(Fleet::close);
            if (e instanceof PlanMemoryException) {
                throw new IOException(e.getMessage(), e);
            }
            throw e;
        }
        return new RunningServer(registry);
    }

    /** Seed of what all replicas draw alike: configured, or else the same in each run. */
    private static Fleet join(ClusterSettings settings, ChaosConfig config) throws IOException {
        return Cluster.join(settings, config.seed().orElse(settings.name().hashCode()));
    }

    /** No lambda names the class, so that it is loaded only here. */
    private static void share(Fleet cluster, ProxyRegistry proxies) {
        ((Cluster) cluster).start(proxies);
    }

    /** A registry without proxies, with a journal of its own. */
    public static ProxyRegistry registry(long seed, boolean hitHeaders) {
        return registry(seed, hitHeaders, Optional.empty());
    }

    private static ProxyRegistry registry(long seed, boolean hitHeaders, Optional<Fleet> fleet) {
        ServerContext common =
                new ServerContext(seed, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY), hitHeaders, fleet);
        FlightEvents.record(common.events());
        return new ProxyRegistry(common, RunningServer::handler);
    }

    /** Random seed of at most ten digits. Nothing is secret about it, and a secure one takes sixty classes more to start. */
    public static long drawSeed() {
        return new SplittableRandom().nextInt(Integer.MAX_VALUE);
    }

    private static ProtocolHandler handler(Protocol protocol) {
        return switch (protocol) {
            case TCP -> new TcpHandler();
            case HTTP -> new Http1Handler();
            case AUTO -> new DetectedHandler(new TcpHandler(), new Http1Handler());
            case FORWARD -> new ForwardHandler();
        };
    }

    /** The proxies, to be changed and watched. */
    public ProxyRegistry registry() {
        return registry;
    }

    /** The proxies at this moment, ordered by name. */
    public List<ProxyServer> proxies() {
        return List.copyOf(registry.all());
    }

    /** The seed of all random draws. */
    public long seed() {
        return registry.common().seed();
    }

    /** Hits of all proxies. */
    public Journal journal() {
        return registry.common().journal();
    }

    /** Closes every proxy at once, and waits for its threads as {@link #awaitEnd} does. */
    @Override
    public void close() {
        registry.close();
        registry.common().fleet().ifPresent(Fleet::close);
        awaitEnd(registry.all());
    }

    /** Waits until the threads of closed proxies have ended, for at most two seconds in all. */
    public static void awaitEnd(Collection<ProxyServer> closed) {
        long end = System.nanoTime() + LAST_THREAD.toNanos();
        try {
            for (ProxyServer proxy : closed) {
                proxy.awaitEnd(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the threads end all the same
        }
    }

    /**
     * Isn't ready any more, and after this time shuts down as {@link #shutdown()} does.
     *
     * @throws InterruptedException if the calling thread is interrupted; everything is closed then as well
     */
    public void shutdown(Duration delay) throws InterruptedException {
        registry.announceEnd();
        try {
            Thread.sleep(delay);
        } catch (InterruptedException e) {
            close();
            throw e;
        }
        shutdown();
    }

    /**
     * Stops listening everywhere, lets running exchanges go on for each proxy's drain time, then closes.
     *
     * @throws InterruptedException if the calling thread is interrupted; everything is closed then as well
     */
    public void shutdown() throws InterruptedException {
        registry.announceEnd();
        List<Thread> closing = new ArrayList<>();
        for (ProxyServer proxy : registry.all()) {
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
