package io.chaosproxy.control.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
final class RouteTableTest {
    private static final Handler NONE = (request, response) -> {};
    private static final RouteTable TABLE = new RouteTable(List.of(
            Route.get("/proxies", NONE),
            Route.put("/proxies/{proxy}", NONE),
            Route.get("/proxies/{proxy}", NONE),
            Route.get("/proxies/{proxy}/rules/{rule}", NONE)));

    private static Optional<Map<String, String>> parameters(Method method, String path) {
        return TABLE.find(method, PathSegments.ofDecoded(path)).map(RouteTable.Match::parameters);
    }

    @Test
    void parametersAreTheSegmentsOfThePath() {
        assertEquals(Optional.of(Map.of()), parameters(Method.GET, "/proxies"));
        assertEquals(Optional.of(Map.of("proxy", "redis:6379")), parameters(Method.PUT, "/proxies/redis:6379"));
        assertEquals(
                Optional.of(Map.of("proxy", "{rule}", "rule", "a b")),
                parameters(Method.GET, "/proxies/{rule}/rules/a b"));
    }

    @ParameterizedTest
    @CsvSource({
        "/proxies/a%2Fb, a/b",
        "/proxies/a%2fb, a/b",
        "/proxies/a+b%25, a+b%",
        "/proxies/%C3%BC, ü",
        "/proxies/%zz, %zz"
    })
    void anEncodedSlashIsPartOfAName(String rawPath, String name) {
        assertEquals(
                Optional.of(Map.of("proxy", name)),
                TABLE.find(Method.GET, PathSegments.ofRaw(rawPath)).map(RouteTable.Match::parameters));
        assertEquals(Set.of("GET", "PUT"), TABLE.methods(PathSegments.ofRaw(rawPath)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/proxies/",
                "/Proxies",
                "proxies",
                "/proxies/a/",
                "/proxies/a/rules",
                "/proxies//rules/b"
            })
    void anotherPathMatchesNothing(String path) {
        assertEquals(Optional.empty(), TABLE.find(Method.GET, PathSegments.ofDecoded(path)));
        assertEquals(Set.of(), TABLE.methods(PathSegments.ofDecoded(path)));
    }

    @ParameterizedTest
    @CsvSource({"/proxies, GET", "/proxies/a, 'GET, PUT'", "/proxies/a/rules/b, GET"})
    void methodsOfAllRoutesOfAPathAreAllowed(String path, String methods) {
        assertEquals(methods, String.join(", ", TABLE.methods(PathSegments.ofDecoded(path))));
        assertEquals(Optional.empty(), TABLE.find(Method.DELETE, PathSegments.ofDecoded(path)));
    }

    @Test
    void theFirstOfTwoRoutesWins() {
        Handler first = (request, response) -> {};
        RouteTable table = new RouteTable(List.of(Route.get("/{any}", first), Route.get("/one", NONE)));
        assertSame(
                first,
                table.find(Method.GET, PathSegments.ofDecoded("/one"))
                        .orElseThrow()
                        .route()
                        .handler());
    }
}
