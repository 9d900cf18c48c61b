package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
final class HeadersTest {
    private static Headers setting(String name, String value) {
        return new Headers(Headers.On.RESPONSE, Map.of(name, value), List.of());
    }

    @Test
    void whatItHolds() {
        var set = new LinkedHashMap<String, String>();
        List.of("Z", "A", "M").forEach(name -> set.put(name, name));
        var remove = new ArrayList<>(List.of("Server"));
        Headers headers = new Headers(Headers.On.REQUEST, set, remove);
        set.clear();
        remove.clear();
        assertEquals(List.of("Z", "A", "M"), List.copyOf(headers.set().keySet()));
        assertEquals(List.of("Server"), headers.remove());
        assertThrows(UnsupportedOperationException.class, () -> headers.set().clear());
        assertEquals("headers", headers.type());
        assertTrue(headers.httpOnly());
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-A", "!#$%&'*+-.^_`|~09azAZ"})
    void everyTokenIsAName(String name) {
        assertEquals(Map.of(name, "v\t\u00e4"), setting(name, "v\t\u00e4").set());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a:", "a\r", "\u00e4", "a\n", "(a)", "a,b", "\"a\""})
    void nothingElseIsAName(String name) {
        refused("set: not a header field name: \"" + name + "\"", () -> setting(name, "v"));
        refused(
                "remove: not a header field name: \"" + name + "\"",
                () -> new Headers(Headers.On.REQUEST, Map.of(), List.of(name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length", "content-length", "TRANSFER-ENCODING"})
    void framingStays(String name) {
        refused("set: " + name + " frames the message and can't be changed", () -> setting(name, "5"));
        refused(
                "remove: " + name + " frames the message and can't be changed",
                () -> new Headers(Headers.On.REQUEST, Map.of(), List.of(name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r", "\n", "a\r\nb: c", "\0"})
    void valuesStayInTheirLine(String value) {
        refused("set: a value must not contain line ends or NUL", () -> setting("a", value));
    }

    @Test
    void nothingToDoIsRefused() {
        refused(
                "set: nothing to set and nothing to remove",
                () -> new Headers(Headers.On.REQUEST, Map.of(), List.of()));
    }
}
