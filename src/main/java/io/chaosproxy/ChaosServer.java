package io.chaosproxy;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.http.HttpRelay;
import io.chaosproxy.relay.Common;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.FlightEvents;
import io.chaosproxy.relay.Proxy;
import io.chaosproxy.relay.ProxySpec;
import io.chaosproxy.relay.Relay;
import io.chaosproxy.relay.TcpRelay;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/** A whole configuration, running: all its proxies with what they have in common. Any thread may use it. */
public final class ChaosServer implements AutoCloseable {
    private final Fleet fleet;

    private ChaosServer(Fleet fleet) {
        this.fleet = fleet;
    }

    /**
     * Starts every proxy; they accept connections when this returns.
     *
     * @throws IOException naming the proxy and the address that could not be had; then nothing is left running
     */
    public static ChaosServer start(ChaosConfig config) throws IOException {
        long seed = config.seed().orElseGet(() -> new SecureRandom().nextInt(Integer.MAX_VALUE));
        Common common = new Common(
                seed,
                TimeSource.SYSTEM,
                new Journal(Journal.USUAL_CAPACITY),
                config.control().hitHeaders());
        FlightEvents.record(common.events());
        Fleet fleet = new Fleet(common, ChaosServer::relay);
        try {
            for (ProxySpec spec : config.proxies()) {
                fleet.add(spec.with(config.planOf(spec)), true);
            }
        } catch (IOException | RuntimeException e) {
            fleet.close();
            throw e;
        }
        return new ChaosServer(fleet);
    }

    private static Relay relay(Protocol protocol) {
        return switch (protocol) {
            case TCP -> new TcpRelay();
            case HTTP -> new HttpRelay();
        };
    }

    /** Its proxies, to be changed and watched. */
    public Fleet fleet() {
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
    public List<Proxy> proxies() {
        return List.copyOf(fleet.all());
    }

    /** Closes everything at once. */
    @Override
    public void close() {
        fleet.close();
    }

    /**
     * Stops listening everywhere, lets what is under way go on for each proxy's drain time, then closes.
     *
     * @throws InterruptedException if the calling thread is interrupted; everything is closed then as well
     */
    public void shutdown() throws InterruptedException {
        List<Thread> closing = new ArrayList<>();
        for (Proxy proxy : fleet.all()) {
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

    private static void drain(Proxy proxy) {
        try {
            proxy.close(proxy.spec().options().drain());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
