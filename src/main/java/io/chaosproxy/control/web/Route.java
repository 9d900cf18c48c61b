package io.chaosproxy.control.web;

import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;

/**
 * One thing that the control plane answers.
 *
 * @param path with {@code {name}} for a segment
 * @param handler runs on a virtual thread of its own
 */
public record Route(Method method, String path, Handler handler) {
    public static Route get(String path, Handler handler) {
        return new Route(Method.GET, path, handler);
    }

    public static Route put(String path, Handler handler) {
        return new Route(Method.PUT, path, handler);
    }

    public static Route post(String path, Handler handler) {
        return new Route(Method.POST, path, handler);
    }

    public static Route patch(String path, Handler handler) {
        return new Route(Method.PATCH, path, handler);
    }

    public static Route delete(String path, Handler handler) {
        return new Route(Method.DELETE, path, handler);
    }
}
