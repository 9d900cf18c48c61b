package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.RATE;
import static io.chaosproxy.config.ValueType.SIZE;
import static io.chaosproxy.config.ValueType.SMALL_COUNT;
import static io.chaosproxy.config.ValueType.SMALL_SIZE;
import static io.chaosproxy.config.ValueType.TEXT;

import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.Truncate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** Codec for faults: the type name of each, with its fields. */
final class FaultCodec {
    /** Default of a rate's {@code shared}, the only default that depends on where the rule is defined. */
    private final Rate.Shared defaultSharing;

    /** Decoders by type name, in the order of the documentation. */
    private final Map<String, Function<ObjectReader, Fault>> decoders = new LinkedHashMap<>();

    private static final ValueType<Latency.Scope> SCOPE = ValueType.ofEnum(Latency.Scope.class);
    private static final ValueType<Outage.Scope> STALLED = ValueType.ofEnum(Outage.Scope.class);
    private static final ValueType<Rate.Shared> SHARED = ValueType.ofEnum(Rate.Shared.class);
    private static final ValueType<Reset.At> AT = ValueType.ofEnum(Reset.At.class);
    private static final ValueType<Refuse.How> HOW = ValueType.ofEnum(Refuse.How.class);
    private static final ValueType<Headers.On> ON = ValueType.ofEnum(Headers.On.class);

    private static final int DEFAULT_STATUS = 503;
    private static final int DEFAULT_CORRUPT = 1;
    private static final int DEFAULT_WITHIN = 1024;

    FaultCodec(Rate.Shared defaultSharing) {
        this.defaultSharing = defaultSharing;
        decoders.put("latency", FaultCodec::latency);
        decoders.put("rate", this::rate);
        decoders.put("outage", FaultCodec::outage);
        decoders.put("reset", FaultCodec::reset);
        decoders.put("timeout", FaultCodec::timeout);
        decoders.put("slow-close", FaultCodec::slowClose);
        decoders.put("slice", FaultCodec::slice);
        decoders.put("limit", FaultCodec::limit);
        decoders.put("corrupt", FaultCodec::corrupt);
        decoders.put("refuse", FaultCodec::refuse);
        decoders.put("respond", FaultCodec::respond);
        decoders.put("truncate", FaultCodec::truncate);
        decoders.put("headers", FaultCodec::headers);
    }

    /** All type names. */
    List<String> types() {
        return List.copyOf(decoders.keySet());
    }

    /** Decoder for the fields besides {@code type}; empty if the type is missing or unknown. */
    Optional<Function<ObjectReader, Fault>> decoder(ObjectReader reader) {
        String words = "must be one of " + String.join(", ", decoders.keySet());
        if (!reader.has("type")) {
            reader.error("type", "is missing; it " + words);
            return Optional.empty();
        }
        Optional<String> type = reader.find("type", TEXT);
        type.filter(word -> !decoders.containsKey(word))
                .ifPresent(word -> reader.error(
                        "type", words + ", not \"" + word + "\"" + Spelling.hint(word, decoders.keySet())));
        return type.map(decoders::get);
    }

    ObjectWriter write(Fault fault) {
        ObjectWriter fields = new ObjectWriter().put("type", TEXT, fault.type());
        return switch (fault) {
            case Latency latency ->
                DistributionCodec.write(fields, latency.delay())
                        .put("scope", SCOPE, latency.scope(), Latency.Scope.FIRST_BYTE);
            case Rate rate -> write(fields, rate);
            case Outage outage ->
                fields.put("min", DURATION, outage.min())
                        .put("max", DURATION, outage.max())
                        .put("scope", STALLED, outage.scope(), Outage.Scope.CONNECTION);
            case Reset reset ->
                fields.put("at", AT, reset.at(), Reset.At.FIRST_BYTE)
                        .put("delay", DURATION, reset.delay(), Duration.ZERO);
            case Timeout timeout -> fields.put("silence", DURATION, timeout.silence(), Duration.ZERO);
            case SlowClose slow -> fields.put("delay", DURATION, slow.delay());
            case Slice slice ->
                fields.put("size", SMALL_SIZE, slice.size())
                        .put("variation", SMALL_SIZE, slice.variation(), 0)
                        .put("delay", DURATION, slice.delay(), Duration.ZERO);
            case Limit limit -> fields.put("bytes", SIZE, limit.bytes());
            case Corrupt corrupt ->
                fields.put("bytes", SMALL_SIZE, corrupt.bytes(), DEFAULT_CORRUPT)
                        .put("within", SMALL_SIZE, corrupt.within(), DEFAULT_WITHIN);
            case Refuse refuse ->
                fields.put("how", HOW, refuse.how(), Refuse.How.RESET)
                        .put("delay", DURATION, refuse.delay(), Duration.ZERO);
            case Respond respond -> write(fields, respond);
            case Truncate truncate -> {
                truncate.at().ifPresent(at -> fields.put("at", SIZE, at));
                yield fields;
            }
            case Headers headers ->
                fields.put("on", ON, headers.on())
                        .put("set", TEXT, headers.set())
                        .put("remove", TEXT, headers.remove());
        };
    }

    private static Fault latency(ObjectReader reader) {
        Latency.Scope scope = reader.get("scope", SCOPE, Latency.Scope.FIRST_BYTE);
        return new Latency(DistributionCodec.read(reader), scope);
    }

    private Fault rate(ObjectReader reader) {
        Rate.Shared shared = reader.get("shared", SHARED, defaultSharing);
        if (reader.has("min") || reader.has("max")) {
            reader.exclude(List.of("rate"), "does not go with min and max");
            return new Rate(
                    reader.get("min", RATE),
                    reader.get("max", RATE),
                    reader.get("redraw", DURATION, Rate.USUAL_REDRAW),
                    shared);
        }
        reader.exclude(List.of("redraw"), "needs min and max");
        return Rate.of(reader.get("rate", RATE)).sharedBy(shared);
    }

    private ObjectWriter write(ObjectWriter fields, Rate rate) {
        if (rate.min() == rate.max() && rate.redraw().equals(Rate.USUAL_REDRAW)) {
            fields.put("rate", RATE, rate.min());
        } else {
            fields.put("min", RATE, rate.min())
                    .put("max", RATE, rate.max())
                    .put("redraw", DURATION, rate.redraw(), Rate.USUAL_REDRAW);
        }
        return fields.put("shared", SHARED, rate.shared(), defaultSharing);
    }

    private static Fault outage(ObjectReader reader) {
        return new Outage(
                reader.get("min", DURATION),
                reader.get("max", DURATION),
                reader.get("scope", STALLED, Outage.Scope.CONNECTION));
    }

    private static Fault reset(ObjectReader reader) {
        return new Reset(reader.get("at", AT, Reset.At.FIRST_BYTE), reader.get("delay", DURATION, Duration.ZERO));
    }

    private static Fault timeout(ObjectReader reader) {
        return new Timeout(reader.get("silence", DURATION, Duration.ZERO));
    }

    private static Fault slowClose(ObjectReader reader) {
        return new SlowClose(reader.get("delay", DURATION));
    }

    private static Fault slice(ObjectReader reader) {
        return new Slice(
                reader.get("size", SMALL_SIZE),
                reader.get("variation", SMALL_SIZE, 0),
                reader.get("delay", DURATION, Duration.ZERO));
    }

    private static Fault limit(ObjectReader reader) {
        return new Limit(reader.get("bytes", SIZE));
    }

    private static Fault corrupt(ObjectReader reader) {
        return new Corrupt(
                reader.get("bytes", SMALL_SIZE, DEFAULT_CORRUPT), reader.get("within", SMALL_SIZE, DEFAULT_WITHIN));
    }

    private static Fault refuse(ObjectReader reader) {
        return new Refuse(reader.get("how", HOW, Refuse.How.RESET), reader.get("delay", DURATION, Duration.ZERO));
    }

    private static Fault respond(ObjectReader reader) {
        return new Respond(
                reader.get("status", SMALL_COUNT, DEFAULT_STATUS),
                reader.get("body", TEXT, ""),
                reader.map("headers", TEXT),
                reader.find("retry-after", DURATION));
    }

    private static ObjectWriter write(ObjectWriter fields, Respond respond) {
        fields.put("status", SMALL_COUNT, respond.status(), DEFAULT_STATUS)
                .put("body", TEXT, respond.body(), "")
                .put("headers", TEXT, respond.headers());
        respond.retryAfter().ifPresent(time -> fields.put("retry-after", DURATION, time));
        return fields;
    }

    private static Fault truncate(ObjectReader reader) {
        return new Truncate(reader.find("at", SIZE).map(OptionalLong::of).orElse(OptionalLong.empty()));
    }

    private static Fault headers(ObjectReader reader) {
        return new Headers(reader.get("on", ON), reader.map("set", TEXT), reader.list("remove", TEXT));
    }
}
