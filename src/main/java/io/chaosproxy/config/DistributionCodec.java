package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.NUMBER;

import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.Distribution.Around;
import io.chaosproxy.fault.Distribution.LogNormal;
import io.chaosproxy.fault.Distribution.Normal;
import io.chaosproxy.fault.Distribution.Pareto;
import io.chaosproxy.fault.Distribution.Uniform;
import java.time.Duration;
import java.util.List;

/** Codec for delays: {@code delay} and {@code jitter}, or {@code min} and {@code max}, or {@code distribution}. */
final class DistributionCodec {
    private static final List<String> FIELDS =
            List.of("delay", "jitter", "min", "max", "mean", "deviation", "median", "sigma", "scale", "shape");

    private static final ValueType<Shape> SHAPE = ValueType.ofEnum(Shape.class);

    /** Placeholder for an unreadable distribution. */
    private static final Distribution BLANK = new Around(Duration.ZERO, Duration.ZERO);

    private enum Shape {
        UNIFORM,
        NORMAL,
        LOGNORMAL,
        PARETO
    }

    private DistributionCodec() {}

    static Distribution read(ObjectReader reader) {
        reader.know(FIELDS);
        if (reader.has("distribution")) {
            return reader.find("distribution", SHAPE)
                    .map(shape -> read(reader, shape, "distribution = " + Spelling.of(shape)))
                    .orElse(BLANK);
        }
        if (reader.has("min") || reader.has("max")) {
            return read(reader, Shape.UNIFORM, "min and max");
        }
        only(reader, "delay", "delay", "jitter");
        return new Around(reader.get("delay", DURATION), reader.get("jitter", DURATION, Duration.ZERO));
    }

    private static Distribution read(ObjectReader reader, Shape shape, String form) {
        return switch (shape) {
            case UNIFORM -> {
                only(reader, form, "min", "max");
                yield new Uniform(reader.get("min", DURATION), reader.get("max", DURATION));
            }
            case NORMAL -> {
                only(reader, form, "mean", "deviation", "max");
                yield new Normal(reader.get("mean", DURATION), reader.get("deviation", DURATION), max(reader));
            }
            case LOGNORMAL -> {
                only(reader, form, "median", "sigma", "max");
                yield new LogNormal(reader.get("median", DURATION), reader.get("sigma", NUMBER), max(reader));
            }
            case PARETO -> {
                only(reader, form, "scale", "shape", "max");
                yield new Pareto(reader.get("scale", DURATION), reader.get("shape", NUMBER), max(reader));
            }
        };
    }

    private static void only(ObjectReader reader, String form, String... fields) {
        List<String> others = FIELDS.stream()
                .filter(field -> !List.of(fields).contains(field))
                .toList();
        reader.exclude(others, "does not go with " + form);
    }

    private static Duration max(ObjectReader reader) {
        return reader.get("max", DURATION, Distribution.LONGEST);
    }

    static ObjectWriter write(ObjectWriter fields, Distribution distribution) {
        return switch (distribution) {
            case Around around ->
                fields.put("delay", DURATION, around.delay()).put("jitter", DURATION, around.jitter(), Duration.ZERO);
            case Uniform uniform -> fields.put("min", DURATION, uniform.min()).put("max", DURATION, uniform.max());
            case Normal normal ->
                fields.put("distribution", SHAPE, Shape.NORMAL)
                        .put("mean", DURATION, normal.mean())
                        .put("deviation", DURATION, normal.deviation())
                        .put("max", DURATION, normal.max(), Distribution.LONGEST);
            case LogNormal normal ->
                fields.put("distribution", SHAPE, Shape.LOGNORMAL)
                        .put("median", DURATION, normal.median())
                        .put("sigma", NUMBER, normal.sigma())
                        .put("max", DURATION, normal.max(), Distribution.LONGEST);
            case Pareto pareto ->
                fields.put("distribution", SHAPE, Shape.PARETO)
                        .put("scale", DURATION, pareto.scale())
                        .put("shape", NUMBER, pareto.shape())
                        .put("max", DURATION, pareto.max(), Distribution.LONGEST);
        };
    }
}
