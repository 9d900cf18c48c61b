package io.chaosproxy.fault;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The proxy answers by itself and the upstream never sees the request.
 *
 * @param status 200 to 599
 * @param body UTF-8 text
 * @param headers further header fields; {@code Content-Type} is text/plain unless given
 * @param retryAfter for {@code Retry-After} in whole seconds (RFC 9110 §10.2.3)
 */
public record Respond(int status, String body, Map<String, String> headers, Optional<Duration> retryAfter)
        implements ExchangeFault {
    public static final int MIN_STATUS = 200;
    public static final int MAX_STATUS = 599;

    /** Rejects statuses outside 200 to 599, fields that frame the message, and durations below 0. */
    public Respond {
        Check.given("body", body);
        Check.given("headers", headers);
        Check.given("retry-after", retryAfter);
        Check.that(
                status >= MIN_STATUS && status <= MAX_STATUS,
                "status",
                "must be from " + MIN_STATUS + " to " + MAX_STATUS + ", not " + status);
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        Headers.check("headers", headers.keySet(), headers.values());
        retryAfter.ifPresent(time -> Check.duration("retry-after", time));
    }

    /**
     * {@return a bare answer with this status}
     *
     * @param status status code, 200 to 599
     */
    public static Respond of(int status) {
        return of(status, "");
    }

    /**
     * {@return an answer with this status and text}
     *
     * @param status status code, 200 to 599
     * @param body text, encoded as UTF-8
     */
    public static Respond of(int status, String body) {
        return new Respond(status, body, Map.of(), Optional.empty());
    }

    /**
     * {@return this fault, asking the client to come again after this time}
     *
     * @param time time until the client may come again, in whole seconds
     */
    public Respond retryAfter(Duration time) {
        Check.given("retry-after", time);
        return new Respond(status, body, headers, Optional.of(time));
    }

    @Override
    public String type() {
        return "respond";
    }

    @Override
    public Optional<Response> response() {
        Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        fields.put("Content-Type", "text/plain; charset=utf-8");
        retryAfter.ifPresent(time -> fields.put("Retry-After", String.valueOf(Math.ceilDiv(time.toMillis(), 1000))));
        fields.putAll(headers);
        return Optional.of(Response.of(status, body, fields));
    }
}
