package io.chaosproxy.config;

import static io.chaosproxy.config.Kind.DURATION;
import static io.chaosproxy.config.Kind.RATE;
import static io.chaosproxy.config.Kind.SIZE;
import static io.chaosproxy.config.Kind.SMALL_COUNT;
import static io.chaosproxy.config.Kind.SMALL_SIZE;
import static io.chaosproxy.config.Kind.TEXT;

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

/** Faults: the word for each with its fields. */
final class FaultCodec {
    /** Who shares a rate is the one default that depends on where a rule stands. */
    private final Rate.Shared usualSharers;

    /** By type, in the order in which they are explained. */
    private final Map<String, Function<Section, Fault>> decoders = new LinkedHashMap<>();

    private static final Kind<Latency.Scope> SCOPE = Kind.word(Latency.Scope.class);
    private static final Kind<Outage.Scope> STALLED = Kind.word(Outage.Scope.class);
    private static final Kind<Rate.Shared> SHARED = Kind.word(Rate.Shared.class);
    private static final Kind<Reset.At> AT = Kind.word(Reset.At.class);
    private static final Kind<Refuse.How> HOW = Kind.word(Refuse.How.class);
    private static final Kind<Headers.On> ON = Kind.word(Headers.On.class);

    private static final int USUAL_STATUS = 503;
    private static final int USUAL_CORRUPT = 1;
    private static final int USUAL_WITHIN = 1024;

    FaultCodec(Rate.Shared usualSharers) {
        this.usualSharers = usualSharers;
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

    /** Every word for a fault. */
    List<String> types() {
        return List.copyOf(decoders.keySet());
    }

    /** What reads the fields beside {@code type}; empty if that was a mistake. */
    Optional<Function<Section, Fault>> decoder(Section section) {
        String words = "must be one of " + String.join(", ", decoders.keySet());
        if (!section.has("type")) {
            section.mistake("type", "is missing; it " + words);
            return Optional.empty();
        }
        Optional<String> type = section.find("type", TEXT);
        type.filter(word -> !decoders.containsKey(word))
                .ifPresent(word -> section.mistake(
                        "type", words + ", not \"" + word + "\"" + Words.hint(word, decoders.keySet())));
        return type.map(decoders::get);
    }

    Fields write(Fault fault) {
        Fields fields = new Fields().put("type", TEXT, fault.type());
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
                fields.put("bytes", SMALL_SIZE, corrupt.bytes(), USUAL_CORRUPT)
                        .put("within", SMALL_SIZE, corrupt.within(), USUAL_WITHIN);
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

    private static Fault latency(Section section) {
        Latency.Scope scope = section.get("scope", SCOPE, Latency.Scope.FIRST_BYTE);
        return new Latency(DistributionCodec.read(section), scope);
    }

    private Fault rate(Section section) {
        Rate.Shared shared = section.get("shared", SHARED, usualSharers);
        if (section.has("min") || section.has("max")) {
            section.exclude(List.of("rate"), "does not go with min and max");
            return new Rate(
                    section.get("min", RATE),
                    section.get("max", RATE),
                    section.get("redraw", DURATION, Rate.USUAL_REDRAW),
                    shared);
        }
        section.exclude(List.of("redraw"), "needs min and max");
        return Rate.of(section.get("rate", RATE)).sharedBy(shared);
    }

    private Fields write(Fields fields, Rate rate) {
        if (rate.min() == rate.max() && rate.redraw().equals(Rate.USUAL_REDRAW)) {
            fields.put("rate", RATE, rate.min());
        } else {
            fields.put("min", RATE, rate.min())
                    .put("max", RATE, rate.max())
                    .put("redraw", DURATION, rate.redraw(), Rate.USUAL_REDRAW);
        }
        return fields.put("shared", SHARED, rate.shared(), usualSharers);
    }

    private static Fault outage(Section section) {
        return new Outage(
                section.get("min", DURATION),
                section.get("max", DURATION),
                section.get("scope", STALLED, Outage.Scope.CONNECTION));
    }

    private static Fault reset(Section section) {
        return new Reset(section.get("at", AT, Reset.At.FIRST_BYTE), section.get("delay", DURATION, Duration.ZERO));
    }

    private static Fault timeout(Section section) {
        return new Timeout(section.get("silence", DURATION, Duration.ZERO));
    }

    private static Fault slowClose(Section section) {
        return new SlowClose(section.get("delay", DURATION));
    }

    private static Fault slice(Section section) {
        return new Slice(
                section.get("size", SMALL_SIZE),
                section.get("variation", SMALL_SIZE, 0),
                section.get("delay", DURATION, Duration.ZERO));
    }

    private static Fault limit(Section section) {
        return new Limit(section.get("bytes", SIZE));
    }

    private static Fault corrupt(Section section) {
        return new Corrupt(
                section.get("bytes", SMALL_SIZE, USUAL_CORRUPT), section.get("within", SMALL_SIZE, USUAL_WITHIN));
    }

    private static Fault refuse(Section section) {
        return new Refuse(section.get("how", HOW, Refuse.How.RESET), section.get("delay", DURATION, Duration.ZERO));
    }

    private static Fault respond(Section section) {
        return new Respond(
                section.get("status", SMALL_COUNT, USUAL_STATUS),
                section.get("body", TEXT, ""),
                section.map("headers", TEXT),
                section.find("retry-after", DURATION));
    }

    private static Fields write(Fields fields, Respond respond) {
        fields.put("status", SMALL_COUNT, respond.status(), USUAL_STATUS)
                .put("body", TEXT, respond.body(), "")
                .put("headers", TEXT, respond.headers());
        respond.retryAfter().ifPresent(time -> fields.put("retry-after", DURATION, time));
        return fields;
    }

    private static Fault truncate(Section section) {
        return new Truncate(section.find("at", SIZE).map(OptionalLong::of).orElse(OptionalLong.empty()));
    }

    private static Fault headers(Section section) {
        return new Headers(section.get("on", ON), section.map("set", TEXT), section.list("remove", TEXT));
    }
}
