package io.chaosproxy.control.web;

import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import java.util.List;

/**
 * One operation of an API of the control plane.
 *
 * @param query names of its query parameters; whether others are rejected is up to each API
 * @param handler runs on a virtual thread of its own
 */
public record Route(Method method, PathTemplate path, List<String> query, Handler handler) {
    public static Route of(Method method, String path, Handler handler) {
        return new Route(method, new PathTemplate(path), List.of(), handler);
    }

    public static Route get(String path, Handler handler) {
        return of(Method.GET, path, handler);
    }

    public static Route put(String path, Handler handler) {
        return of(Method.PUT, path, handler);
    }

    public static Route post(String path, Handler handler) {
        return of(Method.POST, path, handler);
    }

    public static Route patch(String path, Handler handler) {
        return of(Method.PATCH, path, handler);
    }

    public static Route delete(String path, Handler handler) {
        return of(Method.DELETE, path, handler);
    }

    /** This operation with query parameters. */
    public Route query(String... names) {
        return new Route(method, path, List.of(names), handler);
    }

    /** This operation with another handler. */
    public Route handler(Handler other) {
        return new Route(method, path, query, other);
    }
}
