package io.chaosproxy.control;

import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.relay.Fleet;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Everything through which a running fleet is seen and changed, on one address. */
public final class ControlPlane implements AutoCloseable {
    private final ControlServer server;

    private ControlPlane(ControlServer server) {
        this.server = server;
    }

    /**
     * Starts it.
     *
     * @param reloader of the configuration file, if there is one
     * @throws IOException naming the address if it can't listen there, or if the settings would let anybody in
     */
    public static ControlPlane start(ControlSettings settings, Fleet fleet, Optional<Reloader> reloader)
            throws IOException {
        List<Route> routes = new ArrayList<>();
        return new ControlPlane(ControlServer.start(settings, routes, new ToxiproxyApi(fleet)));
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress address() {
        return server.address();
    }

    @Override
    public void close() {
        server.close();
    }
}
