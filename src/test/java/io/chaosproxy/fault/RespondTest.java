package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class RespondTest {
    private static Respond with(Map<String, String> headers) {
        return new Respond(503, "", headers, Optional.empty());
    }

    @Test
    void aBareAnswer() {
        Respond respond = Respond.of(503);
        assertEquals(new Respond(503, "", Map.of(), Optional.empty()), respond);
        assertEquals("respond", respond.type());
        assertTrue(respond.httpOnly());
        assertEquals(TrialUnit.EXCHANGE, respond.defaultPer());
    }

    @Test
    void headersKeepTheirOrderAndNobodyChangesThem() {
        var headers = new LinkedHashMap<String, String>();
        List.of("Z", "A", "M").forEach(name -> headers.put(name, ""));
        Respond respond = with(headers);
        headers.clear();
        assertEquals(List.of("Z", "A", "M"), List.copyOf(respond.headers().keySet()));
        assertThrows(
                UnsupportedOperationException.class, () -> respond.headers().clear());
    }

    @Test
    void refusals() {
        refused("status: must be from 200 to 599, not 199", () -> Respond.of(199));
        refused("status: must be from 200 to 599, not 600", () -> Respond.of(600));
        assertEquals(200, Respond.of(200).status());
        assertEquals(599, Respond.of(599).status());
        refused("headers: not a header field name: \"a b\"", () -> with(Map.of("a b", "")));
        refused(
                "headers: Content-Length frames the message and can't be changed",
                () -> with(Map.of("Content-Length", "5")));
        refused("headers: a value must not contain line ends or NUL", () -> with(Map.of("a", "b\nc")));
        refused(
                "retry-after: must not be negative, not PT-1S",
                () -> new Respond(503, "", Map.of(), Optional.of(Duration.ofSeconds(-1))));
    }

    @Test
    void theResponseHasItsFieldsAndTheDefaultType() {
        ExchangeFault.Response response = Respond.of(503, "Lä")
                .retryAfter(Duration.ofMillis(1_001))
                .response()
                .orElseThrow();
        assertEquals(503, response.status());
        assertEquals(ByteBuffer.wrap("Lä".getBytes(StandardCharsets.UTF_8)), response.body());
        assertEquals(Map.of("Content-Type", "text/plain; charset=utf-8", "Retry-After", "2"), response.headers());
        assertEquals((12 + 25 + 4) + (11 + 1 + 4), response.headerLength());
    }

    @Test
    void fieldsOfTheRuleReplaceTheDefaults() {
        Map<String, String> headers = with(Map.of("content-type", "text/html", "X-A", "b"))
                .response()
                .orElseThrow()
                .headers();
        assertEquals(2, headers.size());
        assertTrue(headers.containsValue("text/html"));
        assertEquals("b", headers.get("X-A"));
    }
}
