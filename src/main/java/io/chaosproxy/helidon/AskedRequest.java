package io.chaosproxy.helidon;

import io.chaosproxy.inject.Request;
import io.helidon.http.HeaderNames;
import io.helidon.webclient.api.WebClientServiceRequest;
import org.jspecify.annotations.Nullable;

/** A request that a client is about to send, as conditions see it. */
record AskedRequest(WebClientServiceRequest request) implements Request {
    @Override
    public String method() {
        return request.method().text();
    }

    /** As it will be sent: a call that skips the encoding of its URI sends its path as it is, and may hold a query in it. */
    @Override
    public String path() {
        String target = request.uri().pathWithQueryAndFragment();
        int to = 0;
        while (to < target.length() && target.charAt(to) != '?' && target.charAt(to) != '#') {
            to++;
        }
        return target.substring(0, to);
    }

    /** Value that the call sets, else the one that Helidon will send. */
    @Override
    public String host() {
        return request.headers()
                .first(HeaderNames.HOST)
                .orElseGet(() -> request.uri().authority());
    }

    @Override
    public @Nullable String header(String name) {
        return request.headers().first(HeaderNames.create(name)).orElse(null);
    }
}
