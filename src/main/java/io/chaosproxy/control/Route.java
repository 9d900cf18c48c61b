package io.chaosproxy.control;

import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;

/**
 * One thing that the control plane answers.
 *
 * @param path with {@code {name}} for a segment
 * @param handler runs on a virtual thread of its own
 */
record Route(Method method, String path, Handler handler) {
    static Route get(String path, Handler handler) {
        return new Route(Method.GET, path, handler);
    }

    static Route put(String path, Handler handler) {
        return new Route(Method.PUT, path, handler);
    }

    static Route post(String path, Handler handler) {
        return new Route(Method.POST, path, handler);
    }

    static Route patch(String path, Handler handler) {
        return new Route(Method.PATCH, path, handler);
    }

    static Route delete(String path, Handler handler) {
        return new Route(Method.DELETE, path, handler);
    }
}
