package io.chaosproxy.helidon;

import io.chaosproxy.inject.Request;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.RoutingRequest;
import org.jspecify.annotations.Nullable;

/** A request that the server has got, as conditions see it. */
record ServedRequest(RoutingRequest request) implements Request {
    @Override
    public String method() {
        return request.prologue().method().text();
    }

    @Override
    public String path() {
        return request.prologue().uriPath().rawPath();
    }

    @Override
    public String host() {
        return request.authority();
    }

    @Override
    public @Nullable String header(String name) {
        return request.headers().first(HeaderNames.create(name)).orElse(null);
    }
}
