package io.chaosproxy.control;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import io.helidon.http.Status;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** A fleet, and what a test starts to look at it; closed together. */
final class MonitoringRig implements AutoCloseable {
    private final ProxyRegistry fleet;
    private final Deque<AutoCloseable> more = new ArrayDeque<>();
    private Optional<ControlServer> server = Optional.empty();

    MonitoringRig() {
        this(new ServerContext(1, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY)));
    }

    static MonitoringRig tellingHits() {
        return new MonitoringRig(new ServerContext(1, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY), true));
    }

    private MonitoringRig(ServerContext common) {
        fleet = new ProxyRegistry(common, TestProxy::handler);
    }

    static ControlSettings settings(Optional<String> token) {
        return new ControlSettings(
                new Address("127.0.0.1", 0), token, false, Optional.empty(), Optional.empty(), Optional.empty(), false);
    }

    ProxyRegistry fleet() {
        return fleet;
    }

    Journal journal() {
        return fleet.common().journal();
    }

    ProxyServer add(Protocol protocol, int upstreamPort, Rule... rules) throws IOException {
        return fleet.add(TestProxy.spec(protocol, upstreamPort, rules), true);
    }

    /** Something to be closed before the fleet. */
    <T extends AutoCloseable> T with(T another) {
        more.push(another);
        return another;
    }

    void serve(Optional<String> token, List<Route> routes) throws IOException {
        server = Optional.of(with(ControlServer.start(settings(token), routes, (request, response) -> {
            throw new Problem(Status.NOT_FOUND_404, "nothing here");
        })));
    }

    /** An answer as it came. */
    record Answer(String head, String body) {
        int status() {
            return Integer.parseInt(head.substring(9, 12));
        }

        Config json() {
            return ConfigFactory.parseString(body);
        }
    }

    Answer get(String path, String... lines) throws IOException {
        return call("GET", path, lines);
    }

    Answer call(String method, String path, String... lines) throws IOException {
        try (Peer client = Peer.connect(server.orElseThrow().address())) {
            StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
            for (String line : lines) {
                head.append(line).append("\r\n");
            }
            String answer = client.send(head.append("Connection: close\r\n\r\n").toString())
                    .readText();
            int end = answer.indexOf("\r\n\r\n") + 4;
            return new Answer(answer.substring(0, end), answer.substring(end));
        }
    }

    @Override
    public void close() {
        while (!more.isEmpty()) {
            try {
                more.pop().close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        fleet.close();
    }
}
