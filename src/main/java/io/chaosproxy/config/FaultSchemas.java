package io.chaosproxy.config;

import static io.chaosproxy.config.FieldSchema.defaulted;
import static io.chaosproxy.config.FieldSchema.list;
import static io.chaosproxy.config.FieldSchema.map;
import static io.chaosproxy.config.FieldSchema.optional;
import static io.chaosproxy.config.FieldSchema.required;
import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.FLAG;
import static io.chaosproxy.config.ValueType.RATE;
import static io.chaosproxy.config.ValueType.SIZE;
import static io.chaosproxy.config.ValueType.SMALL_COUNT;
import static io.chaosproxy.config.ValueType.SMALL_SIZE;
import static io.chaosproxy.config.ValueType.TEXT;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import io.chaosproxy.config.FaultSchema.Form;
import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.fault.Truncate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * The table of all faults. Reading, writing, {@code conf/everything.conf}, the schemas of the OpenAPI document and the help and
 * completion of {@code ctl} follow from it.
 */
final class FaultSchemas {
    private static final int DEFAULT_STATUS = 503;
    private static final int DEFAULT_CORRUPT = 1;
    private static final int DEFAULT_WITHIN = 1024;
    private static final String CLOSE_NOTIFY =
            "inside TLS: whether a close_notify alert precedes the close; without it, clients detect a" + " truncation";

    private FaultSchemas() {}

    /**
     * All faults in the order of the documentation. The fields of a type are described once it is asked for, since few types are
     * in use.
     *
     * @param defaultSharing default of a rate's {@code shared}, the only default that depends on where the rule is defined
     * @return functions from the type, which is their key, to its schema
     */
    static Map<String, Function<String, FaultSchema<?>>> table(FaultScope defaultSharing) {
        Map<String, Function<String, FaultSchema<?>>> table = new LinkedHashMap<>();
        table.put("latency", LatencySchema::latency);
        table.put("rate", type -> rate(type, defaultSharing));
        table.put("outage", FaultSchemas::outage);
        table.put("reset", FaultSchemas::reset);
        table.put("timeout", FaultSchemas::timeout);
        table.put("slow-close", FaultSchemas::slowClose);
        table.put("slice", FaultSchemas::slice);
        table.put("limit", FaultSchemas::limit);
        table.put("corrupt", FaultSchemas::corrupt);
        table.put("refuse", FaultSchemas::refuse);
        table.put("certificate", FaultSchemas::certificate);
        table.put("respond", FaultSchemas::respond);
        table.put("truncate", FaultSchemas::truncate);
        table.put("headers", FaultSchemas::headers);
        return table;
    }

    /** The schemas of all faults. */
    static List<FaultSchema<?>> all(FaultScope defaultSharing) {
        List<FaultSchema<?>> schemas = new ArrayList<>();
        table(defaultSharing).forEach((type, schema) -> schemas.add(schema.apply(type)));
        return schemas;
    }

    private static FaultSchema<Rate> rate(String type, FaultScope defaultSharing) {
        var rate = required("rate", RATE, Rate::min, 10L << 20, "bytes per second; 0 lets nothing through");
        var min = required("min", RATE, Rate::min, 1L << 20, "lower bound of the drawn rate");
        var max = required("max", RATE, Rate::max, 10L << 20, "upper bound of the drawn rate");
        var redraw = defaulted(
                        "redraw", DURATION, Rate::redraw, Rate.DEFAULT_REDRAW, "interval at which the rate is redrawn")
                .atLeast(DURATION.write(Rate.MIN_REDRAW));
        var shared = defaulted(
                "shared",
                ValueType.ofEnum(FaultScope.class),
                Rate::shared,
                defaultSharing,
                "connections that share the rate: none, all of the proxy, all of the proxies with a rule of"
                        + " this name (all), or of these proxies on all replicas (cluster); at the top level the"
                        + " default is all, or cluster if one is configured");
        Form<Rate> fixed = new Form<>(
                "fixed",
                "needs min and max",
                it -> it.min() == it.max() && it.redraw().equals(Rate.DEFAULT_REDRAW),
                new ObjectSchema<>(
                        List.of(rate, shared),
                        reader -> Rate.of(rate.read(reader)).sharedBy(shared.read(reader))));
        Form<Rate> drawn = new Form<>(
                "drawn",
                "does not go with min and max",
                it -> true,
                new ObjectSchema<>(
                        List.of(min, max, redraw, shared),
                        reader -> new Rate(
                                min.read(reader), max.read(reader), redraw.read(reader), shared.read(reader))));
        return new FaultSchema<>(
                type,
                Rate.class,
                "bytes flow no faster than a rate, divided fairly between connections",
                List.of(fixed, drawn),
                reader -> Optional.of(reader.has("min") || reader.has("max") ? drawn : fixed));
    }

    private static FaultSchema<Outage> outage(String type) {
        var min = required("min", DURATION, Outage::min, ofMillis(200), "shortest outage");
        var max = required("max", DURATION, Outage::max, ofSeconds(2), "longest outage");
        var scope = defaulted(
                "scope",
                ValueType.oneOf(List.of(FaultScope.CONNECTION, FaultScope.PROXY, FaultScope.ALL)),
                (Outage outage) -> outage.scope(),
                FaultScope.CONNECTION,
                "what one hit stalls: the connection, all connections of the proxy, or those of all proxies"
                        + " with a rule of this name and scope");
        return FaultSchema.of(
                type,
                Outage.class,
                "nothing moves for a while, then everything goes on; no byte is lost",
                List.of(min, max, scope),
                reader -> new Outage(min.read(reader), max.read(reader), scope.read(reader)));
    }

    private static FaultSchema<Fault> reset(String type) {
        var at = defaulted(
                "at",
                ValueType.ofEnum(ResetMoment.class),
                ResetMoment::of,
                ResetMoment.FIRST_BYTE,
                "moment of the reset; hello and handshake need a listener with tls");
        var delay = defaulted("delay", DURATION, ResetMoment::delay, ZERO, "delay between that moment and the reset");
        return FaultSchema.of(
                type,
                Fault.class,
                "the connection is torn down by a TCP RST",
                List.of(at, delay),
                reader -> at.read(reader).fault(delay.read(reader)));
    }

    private static FaultSchema<Timeout> timeout(String type) {
        var silence = defaulted(
                "silence",
                DURATION,
                Timeout::silence,
                ZERO,
                "time without data after which the connection closes; 0 for never");
        return FaultSchema.of(
                type,
                Timeout.class,
                "data is swallowed, as by a host that vanished",
                List.of(silence),
                reader -> new Timeout(silence.read(reader)));
    }

    private static FaultSchema<SlowClose> slowClose(String type) {
        var delay = required("delay", DURATION, SlowClose::delay, ofSeconds(1), "delay of the end of the stream");
        return FaultSchema.of(
                type,
                SlowClose.class,
                "the end of the stream arrives late; the bytes before it don't",
                List.of(delay),
                reader -> new SlowClose(delay.read(reader)));
    }

    private static FaultSchema<Slice> slice(String type) {
        var size = required("size", SMALL_SIZE, Slice::size, 100, "average size of a piece in bytes")
                .atLeast(1);
        var variation = defaulted(
                        "variation", SMALL_SIZE, Slice::variation, 0, "maximum deviation from size; below size")
                .atLeast(0);
        var delay = defaulted("delay", DURATION, Slice::delay, ZERO, "pause between two pieces");
        return FaultSchema.of(
                type,
                Slice.class,
                "data arrives in small pieces",
                List.of(size, variation, delay),
                reader -> new Slice(size.read(reader), variation.read(reader), delay.read(reader)));
    }

    private static FaultSchema<Limit> limit(String type) {
        var bytes = required(
                "bytes", SIZE, Limit::bytes, 10L << 20, "number of bytes that pass before the connection closes");
        var closeNotify = defaulted("close-notify", FLAG, Limit::closeNotify, true, CLOSE_NOTIFY);
        return FaultSchema.of(
                type,
                Limit.class,
                "a number of bytes passes, then the connection closes",
                List.of(bytes, closeNotify),
                reader -> new Limit(bytes.read(reader), closeNotify.read(reader)));
    }

    private static FaultSchema<Corrupt> corrupt(String type) {
        var bytes = defaulted(
                        "bytes", SMALL_SIZE, Corrupt::bytes, DEFAULT_CORRUPT, "number of bytes changed in each block")
                .atLeast(1)
                .atMost(Corrupt.MAX_BYTES);
        var within = defaulted(
                        "within", SMALL_SIZE, Corrupt::within, DEFAULT_WITHIN, "size of a block, not below bytes")
                .atLeast(1);
        return FaultSchema.of(
                type,
                Corrupt.class,
                "bytes are changed, none is lost; http: only in bodies",
                List.of(bytes, within),
                reader -> new Corrupt(bytes.read(reader), within.read(reader)));
    }

    private static FaultSchema<Refuse> refuse(String type) {
        var how = defaulted(
                "how",
                ValueType.ofEnum(AcceptFault.How.class),
                Refuse::how,
                AcceptFault.How.RESET,
                "what the client sees: a TCP RST, an orderly close, or no answer until the rule is removed");
        var delay = defaulted("delay", DURATION, Refuse::delay, ZERO, "delay after the connection was accepted");
        return FaultSchema.of(
                type,
                Refuse.class,
                "the connection itself is refused, or hangs",
                List.of(how, delay),
                reader -> new Refuse(how.read(reader), delay.read(reader)));
    }

    private static FaultSchema<BadCertificate> certificate(String type) {
        var kind = required(
                "kind",
                ValueType.ofEnum(TlsFault.Defect.class),
                BadCertificate::defect,
                TlsFault.Defect.EXPIRED,
                "defect of the certificate");
        return FaultSchema.of(
                type,
                BadCertificate.class,
                "the client gets a certificate that it has to reject (a listener with tls)",
                List.of(kind),
                reader -> new BadCertificate(kind.read(reader)));
    }

    private static FaultSchema<Respond> respond(String type) {
        var status = defaulted("status", SMALL_COUNT, Respond::status, DEFAULT_STATUS, "status code")
                .alwaysWritten(Respond::status, SMALL_COUNT)
                .atLeast(Respond.MIN_STATUS)
                .atMost(Respond.MAX_STATUS);
        var body = defaulted("body", TEXT, Respond::body, "", "body as UTF-8 text");
        var headers = map(
                "headers",
                TEXT,
                Respond::headers,
                "Content-Type",
                "text/html",
                "header fields; Content-Type is text/plain if left out");
        var retryAfter = optional(
                "retry-after",
                DURATION,
                (Respond respond) -> respond.retryAfter(),
                ofSeconds(5),
                "value of the field Retry-After, in whole seconds");
        return FaultSchema.of(
                type,
                Respond.class,
                "the proxy responds by itself, the upstream never sees the request (http)",
                List.of(status, body, headers, retryAfter),
                reader -> new Respond(
                        status.read(reader), body.read(reader), headers.read(reader), retryAfter.read(reader)));
    }

    private static FaultSchema<Truncate> truncate(String type) {
        var at = optional(
                "at",
                SIZE,
                (Truncate truncate) ->
                        truncate.at().isPresent() ? Optional.of(truncate.at().getAsLong()) : Optional.empty(),
                1024L,
                "number of bytes of the body that pass; drawn at random if left out");
        var closeNotify = defaulted("close-notify", FLAG, Truncate::closeNotify, true, CLOSE_NOTIFY);
        return FaultSchema.of(
                type,
                Truncate.class,
                "the body stops short of its announced length (http)",
                List.of(at, closeNotify),
                reader -> new Truncate(
                        at.read(reader).map(OptionalLong::of).orElse(OptionalLong.empty()), closeNotify.read(reader)));
    }

    private static FaultSchema<Headers> headers(String type) {
        var on = required(
                "on",
                ValueType.ofEnum(Headers.On.class),
                Headers::on,
                Headers.On.RESPONSE,
                "message whose header fields are changed");
        var set = map("set", TEXT, Headers::set, "Cache-Control", "no-store", "fields to replace in place, or to add");
        var remove = list(
                "remove",
                TEXT,
                (Headers headers) -> headers.remove(),
                List.of("ETag", "Last-Modified"),
                "fields to remove");
        return FaultSchema.of(
                type,
                Headers.class,
                "header fields are changed (http)",
                List.of(on, set, remove),
                reader -> new Headers(on.read(reader), set.read(reader), remove.read(reader)));
    }
}
