package io.chaosproxy.control;

import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.control.api.NativeApi;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.control.toxiproxy.ToxiproxyApi;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.relay.ProxyRegistry;
import io.helidon.webserver.http.Handler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The control plane of running proxies: both APIs, health and metrics on one address. */
public final class ControlPlane implements AutoCloseable {
    private final Monitoring monitoring;
    private final NativeApi api;
    private final ControlServer server;

    private ControlPlane(Monitoring monitoring, NativeApi api, ControlServer server) {
        this.monitoring = monitoring;
        this.api = api;
        this.server = server;
    }

    /**
     * Starts it.
     *
     * @param reloader of the configuration file, if there is one
     * @throws IOException naming the address if it can't listen there, or if the settings give unauthenticated access to the network
     */
    public static ControlPlane start(ControlSettings settings, ProxyRegistry registry, Optional<ConfigWatcher> reloader)
            throws IOException {
        return start(settings, registry, reloader, Optional.empty());
    }

    /**
     * Starts it.
     *
     * @param reloader of the configuration file, if there is one
     * @param demo name of the proxy with the demo origin behind it, pages of which the dashboard shows
     * @throws IOException naming the address if it can't listen there, or if the settings give unauthenticated access to the network
     */
    public static ControlPlane start(
            ControlSettings settings, ProxyRegistry registry, Optional<ConfigWatcher> reloader, Optional<String> demo)
            throws IOException {
        Monitoring monitoring = new Monitoring(registry, settings, reloader);
        NativeApi api = new NativeApi(registry, settings, reloader);
        try {
            List<Route> routes = new ArrayList<>(monitoring.routes());
            routes.addAll(api.routes());
            Handler otherwise = api.before(new ToxiproxyApi(registry)); // which matches paths by its own rules
            return new ControlPlane(
                    monitoring, api, ControlServer.start(settings, routes, otherwise, () -> demo(registry, demo)));
        } catch (IOException | RuntimeException e) {
            api.close();
            monitoring.close();
            throw e;
        }
    }

    private static Optional<Dashboard.Demo> demo(ProxyRegistry registry, Optional<String> name) {
        return name.flatMap(registry::find)
                .flatMap(proxy -> proxy.lastAddress().map(at -> new Dashboard.Demo(proxy.name(), at.getPort())));
    }

    /**
     * Checks what settings name outside of the configuration: the certificate of the control port.
     *
     * @throws IOException naming the key, the file and what is wrong with it
     */
    public static void check(ControlSettings settings) throws IOException {
        if (settings.tls().isPresent()) {
            Certificates.read(settings.tls().get());
        }
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress address() {
        return server.address();
    }

    @Override
    public void close() {
        api.close(); // so that streams of events end in order
        server.close();
        monitoring.close();
    }
}
