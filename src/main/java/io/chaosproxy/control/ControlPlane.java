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
    private final Observatory observatory;
    private final ControlServer server;

    private ControlPlane(Observatory observatory, ControlServer server) {
        this.observatory = observatory;
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
        Observatory observatory = new Observatory(fleet, settings, reloader);
        try {
            List<Route> routes = new ArrayList<>(observatory.routes());
            return new ControlPlane(observatory, ControlServer.start(settings, routes, new ToxiproxyApi(fleet)));
        } catch (IOException | RuntimeException e) {
            observatory.close();
            throw e;
        }
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress address() {
        return server.address();
    }

    @Override
    public void close() {
        server.close();
        observatory.close();
    }
}
