package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.observe.ConnectionInfo;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Open connections in the native API: seen, and ended one at a time. */
final class ConnectionsApi {
    private static final String ALL = "/api/v1/connections";

    private final ProxyRegistry registry;

    ConnectionsApi(ProxyRegistry registry) {
        this.registry = registry;
    }

    List<Route> routes() {
        return List.of(
                Route.get(ALL, this::index).query("proxy"),
                Route.delete(ALL + "/{proxy}/{number}", this::end).query("how"));
    }

    private void index(ServerRequest request, ServerResponse response) {
        Collection<ProxyServer> proxies = RequestParams.query(request, "proxy")
                .<Collection<ProxyServer>>map(
                        name -> List.of(registry.find(name).orElseThrow(() -> Problem.notFound("proxy", name))))
                .orElseGet(registry::all);
        List<ConnectionInfo> connections = proxies.stream()
                .flatMap(proxy -> proxy.connections().stream().sorted(Comparator.comparingLong(Connection::number)))
                .map(Connection::info)
                .toList();
        Json.sendAll(response, "connections", connections, JsonViews::connection, Map.of());
    }

    private void end(ServerRequest request, ServerResponse response) {
        String how = RequestParams.query(request, "how").orElse("reset");
        String number = RequestParams.name(request, "number");
        Connection connection = RequestParams.proxy(request, registry).connections().stream()
                .filter(open -> String.valueOf(open.number()).equals(number))
                .findFirst()
                .orElseThrow(() -> Problem.notFound("open connection", number));
        switch (how) {
            case "reset" -> connection.teardown().reset(EndCause.REQUESTED);
            case "close" -> connection.teardown().closeInOrder(EndCause.REQUESTED);
            default -> throw RequestParams.wrong("how", "must be one of reset, close, not \"" + how + "\"");
        }
        Json.noContent(response);
    }
}
