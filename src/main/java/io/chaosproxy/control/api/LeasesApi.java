package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Route;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Leases of the native API: granted, renewed, given back. */
final class LeasesApi {
    private static final String ALL = "/api/v1/leases";
    private static final String ONE = ALL + "/{lease}";

    private final Leases leases;

    LeasesApi(Leases leases) {
        this.leases = leases;
    }

    List<Route> routes() {
        return List.of(Route.post(ALL, this::grant), Route.put(ONE, this::renew), Route.delete(ONE, this::end));
    }

    private void grant(ServerRequest request, ServerResponse response) {
        Lease.Ttl ttl =
                ttl(request).orElseThrow(() -> JsonBody.wrong("ttl", "is missing; it must be a duration such as 30s"));
        Json.send(response, Status.CREATED_201, shown(leases.grant(ttl)));
    }

    private void renew(ServerRequest request, ServerResponse response) {
        String id = RequestParams.name(request, "lease");
        Lease.Terms terms = ttl(request).map(ttl -> leases.renew(id, ttl)).orElseGet(() -> leases.renew(id));
        Json.send(response, Status.OK_200, shown(terms));
    }

    private void end(ServerRequest request, ServerResponse response) {
        leases.end(RequestParams.name(request, "lease"));
        Json.noContent(response);
    }

    private static Optional<Lease.Ttl> ttl(ServerRequest request) {
        JsonBody body = JsonBody.of(request, "ttl");
        return body.duration("ttl").map(length -> new Lease.Ttl(length, body.value("ttl")));
    }

    private static Map<String, Object> shown(Lease.Terms terms) {
        return Map.of(
                "id", terms.id(),
                "ttl", terms.ttl().written(),
                "expires", terms.expires().toString());
    }
}
