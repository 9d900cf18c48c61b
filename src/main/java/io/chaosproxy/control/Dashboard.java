package io.chaosproxy.control;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpMediaType;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.staticcontent.ClasspathHandlerConfig;
import io.helidon.webserver.staticcontent.StaticContentFeature;
import io.helidon.webserver.staticcontent.TemporaryStorage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The web page of the control plane: {@code /} for browsers, and the files below {@code /ui/} that it loads.
 *
 * <p>The files have no secrets and no state, so they are served without the token, which the page asks for and sends with each
 * request to the API. What the page may load and run is limited to these files.
 */
final class Dashboard {
    private static final String FILES = "/ui";
    private static final String LOCATION = "io/chaosproxy/control/ui";
    private static final HttpMediaType HTML = HttpMediaType.create("text/html; charset=utf-8");
    private static final HeaderName POLICY = HeaderNames.create("Content-Security-Policy");
    private static final HeaderName SNIFFING = HeaderNames.create("X-Content-Type-Options");
    private static final HeaderName REFERRER = HeaderNames.create("Referrer-Policy");
    private static final HeaderName FETCH_MODE = HeaderNames.create("Sec-Fetch-Mode");
    private static final HeaderName FETCH_DESTINATION = HeaderNames.create("Sec-Fetch-Dest");

    /** Written by the build once it has the libraries of the page. */
    private static final String LIBRARIES = "ui/vendor/versions.txt";

    private static final byte[] PAGE = read(isComplete() ? "ui/index.html" : "ui/left-out.html");

    private Dashboard() {}

    /** False for a build without npm, which lacks the libraries of the page. */
    static boolean isComplete() {
        return Dashboard.class.getResource(LIBRARIES) != null;
    }

    private static byte[] read(String file) {
        try (InputStream in = Dashboard.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing from this build");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Serves the files that the page loads. */
    static void route(HttpRouting.Builder routing) {
        routing.any(FILES + "/*", (request, response) -> {
            secure(response, "");
            response.next();
        });
        routing.register(
                FILES,
                StaticContentFeature.createService(ClasspathHandlerConfig.builder()
                        .location(LOCATION)
                        .classLoader(Dashboard.class.getClassLoader())
                        // without copies in files: the file system may be read-only
                        .temporaryStorage(TemporaryStorage.create(storage -> storage.enabled(false)))
                        .build()));
    }

    /**
     * A proxy with the demo origin behind it, a page of which the dashboard shows in a frame.
     *
     * @param proxy its name
     * @param port where it listens at present
     */
    record Demo(String proxy, int port) {
        /** The page knows by an attribute of its root that there is a demo. */
        byte[] page() {
            StringBuilder attribute = new StringBuilder(" data-demo=\"");
            proxy.codePoints().forEach(c -> attribute.append("&#").append(c).append(';'));
            String page = new String(PAGE, StandardCharsets.UTF_8);
            return page.replaceFirst("<html", "<html" + attribute.append('"')).getBytes(StandardCharsets.UTF_8);
        }

        /** Of any host, since the browser may know this machine by another name. */
        String policy() {
            return " frame-src http://*:" + port + " https://*:" + port + ";";
        }
    }

    /** Responds with the page to a browser at {@code /}; passes the rest on. */
    static Handler before(Handler otherwise, Supplier<Optional<Demo>> demo) {
        return (request, response) -> {
            if (isPage(request)) {
                Optional<Demo> shown = demo.get();
                secure(response, shown.map(Demo::policy).orElse(""));
                response.headers().contentType(HTML);
                response.send(shown.map(Demo::page).orElse(PAGE));
            } else {
                otherwise.handle(request, response);
            }
        };
    }

    private static void secure(ServerResponse response, String frames) {
        response.header(
                POLICY,
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
                        + frames
                        + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        response.header(SNIFFING, "nosniff");
        response.header(REFERRER, "no-referrer");
        // an ETag follows from the time of the jar, which all builds of a version have in common
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
    }

    /** Whether a request is for the page or one of its files. */
    static boolean isOwn(RoutingRequest request) {
        String path = request.prologue().uriPath().rawPath();
        return isPage(request)
                || (isRead(request) && path.startsWith(FILES + "/") && !path.contains("..") && path.indexOf('%') < 0);
    }

    /**
     * Whether a browser opens the page in a tab, be it by a link on a page of another origin, which the page can't be framed or
     * read by.
     */
    static boolean isOpened(RoutingRequest request) {
        return isPage(request)
                && request.headers().first(FETCH_MODE).orElse("").equals("navigate")
                && request.headers().first(FETCH_DESTINATION).orElse("").equals("document");
    }

    /** Toxiproxy's clients accept anything, or nothing in particular; browsers name HTML. */
    private static boolean isPage(ServerRequest request) {
        return isRead(request)
                && request.prologue().uriPath().rawPath().equals("/")
                && request.headers().first(HeaderNames.ACCEPT).orElse("").contains("text/html");
    }

    private static boolean isRead(ServerRequest request) {
        Method method = request.prologue().method();
        return method.equals(Method.GET) || method.equals(Method.HEAD);
    }
}
