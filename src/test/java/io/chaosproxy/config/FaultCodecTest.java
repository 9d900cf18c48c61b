package io.chaosproxy.config;

import static io.chaosproxy.config.Texts.rule;
import static io.chaosproxy.config.Texts.ruleMistakes;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Latency.Scope;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.AllFaults;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What each type says with as few fields as possible, with all of them, and with those that don't belong together. */
@Tag("fast")
class FaultCodecTest {
    @Test
    void everyFaultHasAWordADecoderAndAnEncoder() {
        Set<Class<?>> sampled = Samples.FAULTS.stream().map(Object::getClass).collect(Collectors.toSet());
        assertEquals(AllFaults.classes(), sampled);

        FaultCodec codec = new FaultCodec(FaultScope.PROXY);
        Set<String> written = Samples.FAULTS.stream()
                .map(fault ->
                        codec.write(fault).toObject().get("type").unwrapped().toString())
                .collect(Collectors.toSet());
        assertEquals(new TreeSet<>(written), new TreeSet<>(codec.types()));
    }

    @Test
    void latency() {
        assertFault(Latency.of(ofMillis(200)), "type = latency, delay = 200");
        assertFault(
                new Latency(new Distribution.Around(ofSeconds(2), ofMillis(5)), Scope.STREAM),
                "type = latency, delay = 2s, jitter = 5ms, scope = stream");
        assertFault(Latency.between(ZERO, ofMinutes(1)), "type = latency, min = 0, max = 1m, scope = first-byte");
        assertFault(
                Latency.between(ofMillis(1), ofMillis(2)), "type = latency, distribution = uniform, min = 1, max = 2");
        assertFault(
                latency(new Distribution.Normal(ofMillis(1), ofMillis(2), Distribution.LONGEST)),
                "type = latency, distribution = normal, mean = 1, deviation = 2");
        assertFault(
                latency(new Distribution.Normal(ofMillis(1), ofMillis(2), ofMillis(3))),
                "type = latency, distribution = normal, mean = 1, deviation = 2, max = 3");
        assertFault(
                latency(new Distribution.LogNormal(ofMillis(1), 0.5, Distribution.LONGEST)),
                "type = latency, distribution = lognormal, median = 1, sigma = 0.5");
        assertFault(
                latency(new Distribution.LogNormal(ofMillis(1), 0.5, ofMillis(3))),
                "type = latency, distribution = lognormal, median = 1, sigma = 0.5, max = 3");
        assertFault(
                latency(new Distribution.Pareto(ofMillis(1), 2, Distribution.LONGEST)),
                "type = latency, distribution = pareto, scale = 1, shape = 2");
        assertFault(
                latency(new Distribution.Pareto(ofMillis(1), 2, ofMillis(3))),
                "type = latency, distribution = pareto, scale = 1, shape = 2, max = 3");
    }

    @Test
    void latencyRefuses() {
        assertMistakes("type = latency", "delay: is missing; it must be a duration such as 200ms, 2s or 1m");
        assertMistakes("type = latency, min = 1, max = 2, delay = 3", "delay: does not go with min and max");
        assertMistakes("type = latency, min = 3, max = 2", "min: must not be above max");
        assertMistakes("type = latency, min = 3", "max: is missing; it must be a duration such as 200ms, 2s or 1m");
        assertMistakes("type = latency, max = 3", "min: is missing; it must be a duration such as 200ms, 2s or 1m");
        assertMistakes("type = latency, delay = 3, sigma = 2", "sigma: does not go with delay");
        assertMistakes(
                "type = latency, distribution = normal, mean = 1, deviation = 2, min = 3",
                "min: does not go with distribution = normal");
        assertMistakes(
                "type = latency, distribution = lognormal, median = 1, sigma = 2, delay = 3, shape = 4",
                "delay: does not go with distribution = lognormal",
                "shape: does not go with distribution = lognormal");
        assertMistakes(
                "type = latency, distribution = pareto, scale = 1, shape = 2, min = 3, sigma = 4",
                "min: does not go with distribution = pareto",
                "sigma: does not go with distribution = pareto");
        assertMistakes(
                "type = latency, distribution = uniform, min = 1, max = 2, mean = 3",
                "mean: does not go with distribution = uniform");
        assertMistakes(
                "type = latency, distribution = parteo",
                "distribution: must be one of uniform, normal, lognormal, pareto, not \"parteo\"; did you mean"
                        + " pareto?");
        assertMistakes( // fields of the distribution that is meant are not unknown keys
                "type = latency, distribution = 7, scale = 1, shape = 2, max = 3",
                "distribution: must be one of uniform, normal, lognormal, pareto, not \"7\"");
        assertMistakes("type = latency, delay = -1s", "delay: must not be negative, not \"-1s\"");
        assertMistakes(
                "type = latency, delay = 1, scope = bytes", "scope: must be one of first-byte, stream, not \"bytes\"");
    }

    @Test
    void rate() {
        assertFault(Rate.of(65536), "type = rate, rate = 64KiB");
        assertFault(Rate.of(64000).sharedBy(FaultScope.CONNECTION), "type = rate, rate = 64kB/s, shared = connection");
        assertFault(Rate.between(10, 20), "type = rate, min = 10, max = 20");
        assertFault(
                new Rate(10, 20, ofMillis(50), FaultScope.ALL),
                "type = rate, min = 10, max = 20, redraw = 50, shared = all");
        assertMistakes("type = rate", "rate: is missing; it must be bytes per second such as 64KiB or 1MiB");
        assertMistakes("type = rate, rate = 1, min = 1, max = 2", "rate: does not go with min and max");
        assertMistakes("type = rate, rate = 1, redraw = 1s", "redraw: needs min and max");
        assertMistakes("type = rate, rate = -1", "rate: must be bytes per second such as 64KiB or 1MiB, not -1");
        assertMistakes("type = rate, min = 2, max = 1", "min: must not be above max");
        assertMistakes("type = rate, min = 2", "max: is missing; it must be bytes per second such as 64KiB or 1MiB");
        assertMistakes("type = rate, max = 2", "min: is missing; it must be bytes per second such as 64KiB or 1MiB");
    }

    @Test
    void outage() {
        assertFault(new Outage(ofMillis(200), ofSeconds(2)), "type = outage, min = 200, max = 2s");
        assertFault(
                new Outage(ofMillis(200), ofSeconds(2), FaultScope.CONNECTION),
                "type = outage, min = 200, max = 2s, scope = connection");
        assertFault(
                Outage.of(ofSeconds(2)).scope(FaultScope.PROXY), "type = outage, min = 2s, max = 2s, scope = proxy");
        assertFault(Outage.of(ofSeconds(2)).scope(FaultScope.ALL), "type = outage, min = 2s, max = 2s, scope = all");
        assertMistakes(
                "type = outage, min = 1, max = 1, scope = stream",
                "scope: must be one of connection, proxy, all, not \"stream\"");
        assertMistakes(
                "type = outage",
                "min: is missing; it must be a duration such as 200ms, 2s or 1m",
                "max: is missing; it must be a duration such as 200ms, 2s or 1m");
    }

    @Test
    void reset() {
        assertFault(Reset.at(Reset.At.FIRST_BYTE), "type = reset");
        assertFault(new Reset(Reset.At.BODY, ofMillis(5)), "type = reset, at = body, delay = 5");
        assertFault(ResetAtAccept.now(), "type = reset, at = accept");
        assertFault(Reset.at(Reset.At.REQUEST), "type = reset, at = request");
    }

    @Test
    void timeout() {
        assertFault(Timeout.never(), "type = timeout");
        assertFault(Timeout.never(), "type = timeout, silence = 0");
        assertFault(new Timeout(ofSeconds(5)), "type = timeout, silence = 5s");
    }

    @Test
    void slowClose() {
        assertFault(new SlowClose(ofSeconds(1)), "type = slow-close, delay = 1s");
        assertMistakes("type = slow-close", "delay: is missing; it must be a duration such as 200ms, 2s or 1m");
    }

    @Test
    void slice() {
        assertFault(new Slice(100, 0, ZERO), "type = slice, size = 100");
        assertFault(new Slice(1024, 10, ofNanos(10_000)), "type = slice, size = 1KiB, variation = 10, delay = 10us");
        assertMistakes("type = slice, size = 5GiB", "size: must be at most 2147483647, not 5368709120");
        assertMistakes("type = slice, size = 5, variation = 5", "variation: must be 0 or more and below size, not 5");
    }

    @Test
    void limit() {
        assertFault(new Limit(5L << 30), "type = limit, bytes = 5GiB");
        assertFault(Limit.of(9).withoutCloseNotify(), "type = limit, bytes = 9, close-notify = false");
        assertMistakes("type = limit", "bytes: is missing; it must be a size such as 1500, 64KiB or 1MiB");
    }

    @Test
    void corrupt() {
        assertFault(new Corrupt(1, 1024), "type = corrupt");
        assertFault(new Corrupt(2, 2048), "type = corrupt, bytes = 2, within = 2KiB");
    }

    @Test
    void refuse() {
        assertFault(new Refuse(AcceptFault.How.RESET, ZERO), "type = refuse");
        assertFault(new Refuse(AcceptFault.How.HANG, ofMillis(1)), "type = refuse, how = hang, delay = 1");
        assertFault(new Refuse(AcceptFault.How.CLOSE, ZERO), "type = refuse, how = close");
    }

    @Test
    void respond() {
        assertFault(Respond.of(503), "type = respond");
        assertFault(
                new Respond(429, "no", Map.of("X-1", "2", "X-2", "b c"), Optional.of(ofSeconds(3))),
                "type = respond, status = 429, body = \"no\", headers { X-1 = 2, X-2 = b c }, retry-after = 3s");
        assertMistakes("type = respond, status = 99", "status: must be from 200 to 599, not 99");
        assertMistakes("type = respond, status = 200.5", "status: must be a whole number, not 200.5");
        assertMistakes("type = respond, headers = 1", "headers: must be an object { ... }");
        assertMistakes("type = respond, headers { a = [1] }", "headers.a: must be text, not a list");
    }

    @Test
    void truncate() {
        assertFault(new Truncate(OptionalLong.empty()), "type = truncate");
        assertFault(new Truncate(OptionalLong.of(0)), "type = truncate, at = 0");
        assertFault(Truncate.anywhere().withoutCloseNotify(), "type = truncate, close-notify = false");
    }

    @Test
    void headers() {
        assertFault(
                new Headers(Headers.On.RESPONSE, Map.of("A", "1"), List.of()),
                "type = headers, on = response, set { A = 1 }");
        assertFault(
                new Headers(Headers.On.REQUEST, Map.of(), List.of("A", "B")),
                "type = headers, on = request, remove = [A, B]");
        assertFault(
                new Headers(Headers.On.REQUEST, Map.of("C", ""), List.of("A")),
                "type = headers, on = request, remove = A, set { C = \"\" }");
        assertMistakes(
                "type = headers, remove = [{}]",
                "on: is missing; it must be one of request, response",
                "remove: must be text, not an object");
    }

    @Test
    void withoutATypeThereIsNoRule() {
        String words =
                "one of latency, rate, outage, reset, timeout, slow-close, slice, limit, corrupt, refuse, certificate,"
                        + " respond, truncate, headers";
        assertMistakes("delay = 1", "type: is missing; it must be " + words);
        assertMistakes(
                "type = latncy, delay = 1", "type: must be " + words + ", not \"latncy\"; did you mean latency?");
        assertMistakes("type = [1]", "type: must be text, not a list");
    }

    private static Latency latency(Distribution delay) {
        return new Latency(delay, Scope.FIRST_BYTE);
    }

    private static void assertFault(Fault expected, String fields) {
        assertEquals(expected, rule(fields).fault());
    }

    private static void assertMistakes(String fields, String... errors) {
        assertEquals(List.of(errors), ruleMistakes(fields));
    }
}
