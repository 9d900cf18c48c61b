package io.chaosproxy.config;

import static io.chaosproxy.config.FieldSchema.defaulted;
import static io.chaosproxy.config.FieldSchema.optional;
import static io.chaosproxy.config.FieldSchema.required;
import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.NUMBER;
import static java.time.Duration.ofMillis;

import io.chaosproxy.config.FaultSchema.Form;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.Distribution.Around;
import io.chaosproxy.fault.Distribution.LogNormal;
import io.chaosproxy.fault.Distribution.Normal;
import io.chaosproxy.fault.Distribution.Pareto;
import io.chaosproxy.fault.Distribution.Uniform;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.SlowHandshake;
import io.chaosproxy.text.Spelling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Fields of {@code latency}: one form for each distribution of the delay. */
final class LatencySchema {
    private enum Shape {
        UNIFORM,
        NORMAL,
        LOGNORMAL,
        PARETO
    }

    private static final ValueType<Shape> SHAPE = ValueType.ofEnum(Shape.class);

    private enum At {
        FIRST_BYTE,
        HANDSHAKE
    }

    private static final FieldSchema<Fault, At> AT = defaulted(
            "at",
            ValueType.ofEnum(At.class),
            fault -> fault instanceof SlowHandshake ? At.HANDSHAKE : At.FIRST_BYTE,
            At.FIRST_BYTE,
            "where the delay begins: before the first byte, or before the answer to a TLS ClientHello");

    private static final FieldSchema<Fault, Latency.Scope> SCOPE = defaulted(
            "scope",
            ValueType.ofEnum(Latency.Scope.class),
            fault -> fault instanceof Latency latency ? latency.scope() : Latency.Scope.FIRST_BYTE,
            Latency.Scope.FIRST_BYTE,
            "what is delayed: the first byte of each response, or every byte (order and throughput stay"
                    + " the same)");

    private static final Form<Fault> AROUND = around();
    private static final Form<Fault> RANGE = uniform("range", "min and max", Optional.empty());
    private static final Form<Fault> UNIFORM = uniform("uniform", text(Shape.UNIFORM), Optional.of(Shape.UNIFORM));
    private static final Form<Fault> NORMAL = normal();
    private static final Form<Fault> LOGNORMAL = logNormal();
    private static final Form<Fault> PARETO = pareto();

    private LatencySchema() {}

    static FaultSchema<Fault> latency(String type) {
        return new FaultSchema<>(
                type,
                Fault.class,
                "the first byte of each response, every byte, or the answer to a TLS ClientHello arrives late",
                List.of(AROUND, RANGE, UNIFORM, NORMAL, LOGNORMAL, PARETO),
                LatencySchema::chosen);
    }

    private static Optional<Form<Fault>> chosen(ObjectReader reader) {
        if (!reader.has("distribution")) {
            return Optional.of(reader.has("min") || reader.has("max") ? RANGE : AROUND);
        }
        Optional<Shape> shape = reader.find("distribution", SHAPE);
        if (shape.isEmpty()) {
            SCOPE.read(reader); // so that its errors are reported as well
        }
        return shape.map(known -> switch (known) {
            case UNIFORM -> UNIFORM;
            case NORMAL -> NORMAL;
            case LOGNORMAL -> LOGNORMAL;
            case PARETO -> PARETO;
        });
    }

    private static Form<Fault> around() {
        var delay = required("delay", DURATION, Around::delay, ofMillis(100), "added delay");
        var jitter = defaulted(
                "jitter", DURATION, Around::jitter, Duration.ZERO, "maximum deviation from the delay, drawn uniformly");
        return form(
                "fixed",
                "delay",
                Optional.empty(),
                Around.class,
                List.of(delay, jitter),
                reader -> new Around(delay.read(reader), jitter.read(reader)));
    }

    private static Form<Fault> uniform(String name, String text, Optional<Shape> shape) {
        var min = required("min", DURATION, Uniform::min, ofMillis(50), "shortest delay");
        var max = required("max", DURATION, Uniform::max, ofMillis(150), "longest delay");
        return form(
                name,
                text,
                shape,
                Uniform.class,
                List.of(min, max),
                reader -> new Uniform(min.read(reader), max.read(reader)));
    }

    private static Form<Fault> normal() {
        var mean = required("mean", DURATION, Normal::mean, ofMillis(100), "mean delay, not above max");
        var deviation = required("deviation", DURATION, Normal::deviation, ofMillis(30), "standard deviation");
        var max = max(Normal::max);
        return form(
                "normal",
                text(Shape.NORMAL),
                Optional.of(Shape.NORMAL),
                Normal.class,
                List.of(mean, deviation, max),
                reader -> new Normal(mean.read(reader), deviation.read(reader), max.read(reader)));
    }

    private static Form<Fault> logNormal() {
        var median = required("median", DURATION, LogNormal::median, ofMillis(80), "median delay");
        var sigma = required(
                        "sigma",
                        NUMBER,
                        LogNormal::sigma,
                        0.5,
                        "standard deviation of the logarithm; 0.5 gives a mild tail, 1 a long one")
                .atLeast(0)
                .atMost(LogNormal.MAX_SIGMA);
        var max = max(LogNormal::max);
        return form(
                "lognormal",
                text(Shape.LOGNORMAL),
                Optional.of(Shape.LOGNORMAL),
                LogNormal.class,
                List.of(median, sigma, max),
                reader -> new LogNormal(median.read(reader), sigma.read(reader), max.read(reader)));
    }

    private static Form<Fault> pareto() {
        var scale = required("scale", DURATION, Pareto::scale, ofMillis(20), "shortest delay");
        var shape = required(
                        "shape",
                        NUMBER,
                        Pareto::shape,
                        1.5,
                        "shape parameter, above 0; smaller values give a heavier tail")
                .atMost(Pareto.MAX_SHAPE);
        var max = max(Pareto::max);
        return form(
                "pareto",
                text(Shape.PARETO),
                Optional.of(Shape.PARETO),
                Pareto.class,
                List.of(scale, shape, max),
                reader -> new Pareto(scale.read(reader), shape.read(reader), max.read(reader)));
    }

    private static <D extends Distribution> FieldSchema<D, Duration> max(Function<D, Duration> get) {
        return defaulted("max", DURATION, get, Distribution.LONGEST, "upper bound; longer draws are reduced to it");
    }

    private static String text(Shape shape) {
        return "distribution = " + Spelling.of(shape);
    }

    /**
     * A form for one distribution.
     *
     * @param text names the form in messages
     * @param shape value of the key {@code distribution}; empty if the form has no such key
     */
    private static <D extends Distribution> Form<Fault> form(
            String name,
            String text,
            Optional<Shape> shape,
            Class<D> kind,
            List<FieldSchema<D, ?>> own,
            Function<ObjectReader, D> builder) {
        List<FieldSchema<Fault, ?>> fields = new ArrayList<>();
        shape.ifPresent(value ->
                fields.add(optional("distribution", SHAPE, fault -> shape, value, "distribution of the delay")));
        own.forEach(field -> fields.add(field.in(fault -> kind.cast(delay(fault)))));
        fields.add(AT);
        fields.add(SCOPE);
        return new Form<>(
                name,
                "does not go with " + text,
                fault -> kind.isInstance(delay(fault)),
                new ObjectSchema<>(
                        fields, reader -> fault(builder.apply(reader), AT.read(reader), SCOPE.read(reader))));
    }

    private static Distribution delay(Fault fault) {
        return fault instanceof SlowHandshake handshake ? handshake.delay() : ((Latency) fault).delay();
    }

    private static Fault fault(Distribution delay, At at, Latency.Scope scope) {
        if (at == At.FIRST_BYTE) {
            return new Latency(delay, scope);
        }
        Check.that(scope == Latency.Scope.FIRST_BYTE, "scope", "does not go with at = handshake");
        return new SlowHandshake(delay);
    }
}
