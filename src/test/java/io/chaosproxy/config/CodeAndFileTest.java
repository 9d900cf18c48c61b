package io.chaosproxy.config;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.Truncate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The short ways to say a fault or a condition in code mean what a file means. */
@Tag("fast")
final class CodeAndFileTest {
    @ParameterizedTest
    @MethodSource
    void faults(Fault code, String file) {
        assertEquals(Rule.of("it", code), read(file));
    }

    private static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of(Latency.of(ofMillis(5)), "type = latency, delay = 5ms"),
                Arguments.of(Latency.between(ofMillis(5), ofMillis(6)), "type = latency, min = 5ms, max = 6ms"),
                Arguments.of(Latency.of(ofMillis(5)).onStream(), "type = latency, delay = 5ms, scope = stream"),
                Arguments.of(Rate.of(1024), "type = rate, rate = 1KiB"),
                Arguments.of(Rate.between(1, 2), "type = rate, min = 1, max = 2"),
                Arguments.of(Outage.of(ofSeconds(1)), "type = outage, min = 1s, max = 1s"),
                Arguments.of(Outage.between(ofSeconds(1), ofSeconds(2)), "type = outage, min = 1s, max = 2s"),
                Arguments.of(
                        Outage.of(ofSeconds(1)).scope(FaultScope.ALL),
                        "type = outage, min = 1s, max = 1s, scope = all"),
                Arguments.of(ResetAtAccept.now(), "type = reset, at = accept"),
                Arguments.of(Reset.atRequest(), "type = reset, at = request"),
                Arguments.of(Reset.atFirstByte(), "type = reset"),
                Arguments.of(Reset.inBody(), "type = reset, at = body"),
                Arguments.of(Timeout.never(), "type = timeout"),
                Arguments.of(Timeout.of(ofSeconds(1)), "type = timeout, silence = 1s"),
                Arguments.of(SlowClose.of(ofSeconds(1)), "type = slow-close, delay = 1s"),
                Arguments.of(Slice.of(20), "type = slice, size = 20"),
                Arguments.of(Slice.of(20, ofMillis(5)), "type = slice, size = 20, delay = 5ms"),
                Arguments.of(Limit.of(100), "type = limit, bytes = 100"),
                Arguments.of(Limit.of(100).withoutCloseNotify(), "type = limit, bytes = 100, close-notify = false"),
                Arguments.of(Corrupt.of(2, 100), "type = corrupt, bytes = 2, within = 100"),
                Arguments.of(Refuse.reset(), "type = refuse, how = reset"),
                Arguments.of(Refuse.close(), "type = refuse, how = close"),
                Arguments.of(Refuse.hang(), "type = refuse, how = hang"),
                Arguments.of(Respond.of(503), "type = respond, status = 503"),
                Arguments.of(Respond.of(200, "hello"), "type = respond, status = 200, body = hello"),
                Arguments.of(
                        Respond.of(429).retryAfter(ofSeconds(2)), "type = respond, status = 429, retry-after = 2s"),
                Arguments.of(Truncate.at(9), "type = truncate, at = 9"),
                Arguments.of(Truncate.anywhere(), "type = truncate"),
                Arguments.of(Truncate.at(9).withoutCloseNotify(), "type = truncate, at = 9, close-notify = false"),
                Arguments.of(Headers.ofRequest("A", "b"), "type = headers, on = request, set { A = b }"),
                Arguments.of(
                        Headers.ofResponse("A", "b").remove("ETag"),
                        "type = headers, on = response, set { A = b }, remove = [ETag]"));
    }

    @ParameterizedTest
    @MethodSource
    void conditions(Match code, String file) {
        assertEquals(
                Rule.of("it", Respond.of(503)).when(code), read("type = respond, status = 503, when { " + file + " }"));
    }

    private static Stream<Arguments> conditions() {
        return Stream.of(
                Arguments.of(Match.path("/a/**"), "path = \"/a/**\""),
                Arguments.of(Match.ANY.client("10.0.0.0/8"), "client = \"10.0.0.0/8\""),
                Arguments.of(Match.ANY.methods("GET", "PUT"), "method = [GET, PUT]"),
                Arguments.of(Match.ANY.host("*.example"), "host = \"*.example\""),
                Arguments.of(Match.ANY.header("A", "x*").header("B", "y"), "header { A = \"x*\", B = y }"),
                Arguments.of(Match.ANY.skip(1).first(2), "skip = 1, first = 2"),
                Arguments.of(Match.path("/a").nth(3), "path = \"/a\", nth = 3"),
                Arguments.of(Match.ANY.from(ofSeconds(1)).lasting(ofSeconds(2)), "from = 1s, for = 2s"));
    }

    private static Rule read(String text) {
        return ConfigReader.rule("it", ConfigReader.fields(text, "test"), Protocol.HTTP);
    }
}
