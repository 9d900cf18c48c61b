package io.chaosproxy.config;

import static io.chaosproxy.config.Kind.DURATION;
import static io.chaosproxy.config.Kind.NUMBER;

import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.Distribution.Around;
import io.chaosproxy.fault.Distribution.LogNormal;
import io.chaosproxy.fault.Distribution.Normal;
import io.chaosproxy.fault.Distribution.Pareto;
import io.chaosproxy.fault.Distribution.Uniform;
import java.time.Duration;
import java.util.List;

/** How a delay is spread: {@code delay} and {@code jitter}, or {@code min} and {@code max}, or by {@code distribution}. */
final class DistributionCodec {
    private static final List<String> FIELDS =
            List.of("delay", "jitter", "min", "max", "mean", "deviation", "median", "sigma", "scale", "shape");

    private static final Kind<Shape> SHAPE = Kind.word(Shape.class);

    /** Stands in where the distribution can't be known. */
    private static final Distribution BLANK = new Around(Duration.ZERO, Duration.ZERO);

    private enum Shape {
        UNIFORM,
        NORMAL,
        LOGNORMAL,
        PARETO
    }

    private DistributionCodec() {}

    static Distribution read(Section section) {
        section.know(FIELDS);
        if (section.has("distribution")) {
            return section.find("distribution", SHAPE)
                    .map(shape -> read(section, shape, "distribution = " + Words.of(shape)))
                    .orElse(BLANK);
        }
        if (section.has("min") || section.has("max")) {
            return read(section, Shape.UNIFORM, "min and max");
        }
        only(section, "delay", "delay", "jitter");
        return new Around(section.get("delay", DURATION), section.get("jitter", DURATION, Duration.ZERO));
    }

    private static Distribution read(Section section, Shape shape, String form) {
        return switch (shape) {
            case UNIFORM -> {
                only(section, form, "min", "max");
                yield new Uniform(section.get("min", DURATION), section.get("max", DURATION));
            }
            case NORMAL -> {
                only(section, form, "mean", "deviation", "max");
                yield new Normal(section.get("mean", DURATION), section.get("deviation", DURATION), max(section));
            }
            case LOGNORMAL -> {
                only(section, form, "median", "sigma", "max");
                yield new LogNormal(section.get("median", DURATION), section.get("sigma", NUMBER), max(section));
            }
            case PARETO -> {
                only(section, form, "scale", "shape", "max");
                yield new Pareto(section.get("scale", DURATION), section.get("shape", NUMBER), max(section));
            }
        };
    }

    private static void only(Section section, String form, String... fields) {
        List<String> others = FIELDS.stream()
                .filter(field -> !List.of(fields).contains(field))
                .toList();
        section.exclude(others, "does not go with " + form);
    }

    private static Duration max(Section section) {
        return section.get("max", DURATION, Distribution.LONGEST);
    }

    static Fields write(Fields fields, Distribution distribution) {
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
