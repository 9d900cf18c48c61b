package io.chaosproxy.control.load;

import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Requests through a proxy, without its faults and then with them.
 *
 * <p>Without faults they pass a twin of the proxy: same settings and upstream, no rules, a free loopback port. So the two legs
 * differ by the plan alone, and the proxy's own plan, counters and other clients have no part in the first. The twin has events,
 * journal and rates of its own, and is closed when the leg ends.
 */
public final class LoadRun {
    /** Name of the leg through the twin. */
    public static final String WITHOUT = "without";

    /** Name of the leg through the proxy. */
    public static final String WITH = "with";

    private final ProxyRegistry registry;
    private final ProxyServer proxy;
    private final LoadRequest request;

    /** A run; the proxy must be on and have an upstream. */
    public LoadRun(ProxyRegistry registry, ProxyServer proxy, LoadRequest request) {
        this.registry = registry;
        this.proxy = proxy;
        this.request = request;
    }

    /** Receives the progress of a run. What it throws ends the run. */
    public interface Report {
        /** A leg begins. */
        void begins(String leg);

        /** Requests of a leg ended, or none did for a while. */
        void ended(String leg, List<LoadResult> results);

        /** A leg is over. */
        void over(LoadSummary summary);
    }

    /**
     * Runs both legs on the calling thread.
     *
     * @param ends whether it is to end early
     * @throws IOException if the twin can't listen
     */
    public void run(Report report, BooleanSupplier ends) throws IOException, InterruptedException {
        InetSocketAddress own = reachable(proxy.address());
        try (ProxyRegistry twins = registry.separate()) {
            ProxyServer twin = twins.add(twin(proxy.spec()), true);
            leg(WITHOUT, twin.address(), own, report, ends);
        }
        if (!ends.getAsBoolean()) {
            leg(WITH, own, own, report, ends);
        }
    }

    private static ProxySpec twin(ProxySpec spec) {
        return spec.with(Plan.CLEAN)
                .writtenAs(Map.of())
                .listeningOn("127.0.0.1", 0)
                .with(spec.options().log(Options.Log.OFF));
    }

    private void leg(
            String name, InetSocketAddress listener, InetSocketAddress own, Report report, BooleanSupplier ends)
            throws InterruptedException {
        boolean secured = proxy.spec().tls().orElse(null) instanceof ListenerTls.Terminated;
        String host = own.getAddress().getHostAddress();
        String authority = (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + own.getPort();
        report.begins(name);
        report.over(new LoadLeg(name, new LoadClient(listener, authority, secured), request)
                .run(results -> report.ended(name, results), ends));
    }

    private static InetSocketAddress reachable(InetSocketAddress listener) {
        return listener.getAddress().isAnyLocalAddress()
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getPort())
                : listener;
    }
}
