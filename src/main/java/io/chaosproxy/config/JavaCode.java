package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A rule as Java code of the public API. Confined to one thread. */
public final class JavaCode {
    private static final String INDENT = "\n        ";

    private final SortedSet<String> imports = new TreeSet<>();

    private JavaCode() {}

    /**
     * {@return the imports and the statement that inject a rule into a {@code ChaosProxy} named {@code proxy}}
     *
     * @param rule rule to write
     */
    public static String of(Rule rule) {
        Check.given("rule", rule);
        JavaCode code = new JavaCode();
        String expression = code.rule(rule);
        String lines =
                code.imports.stream().map(name -> "import " + name + ";\n").collect(Collectors.joining());
        return lines + "\nproxy.inject(" + expression + ");\n";
    }

    private String rule(Rule rule) {
        StringBuilder code = new StringBuilder(name(Rule.class) + ".of(" + text(rule.name()) + ", ")
                .append(fault(rule.fault()))
                .append(")");
        Rule usual = Rule.of(rule.name(), rule.fault());
        add(code, "way", rule.way(), usual.way());
        add(code, "probability", rule.chance().probability(), 1.0);
        add(code, "per", rule.chance().per(), usual.chance().per());
        add(code, "maxHits", rule.chance().maxHits(), Long.MAX_VALUE);
        if (!rule.when().equals(Match.ANY)) {
            code.append(INDENT).append(".when(").append(match(rule.when())).append(")");
        }
        add(code, "ttl", rule.ttl(), Duration.ZERO);
        return code.toString();
    }

    private void add(StringBuilder code, String method, Object value, Object usual) {
        if (!value.equals(usual)) {
            code.append(INDENT).append("." + method + "(").append(value(value)).append(")");
        }
    }

    /** The short form that the API has for usual values, else the constructor. */
    private String fault(Fault fault) {
        return switch (fault) {
            case Latency(Distribution.Around(Duration delay, Duration jitter), Latency.Scope scope)
            when jitter.isZero() -> call(Latency.class, "of", delay) + stream(scope);
            case Latency(Distribution.Uniform(Duration min, Duration max), Latency.Scope scope) ->
                call(Latency.class, "between", min, max) + stream(scope);
            case Rate rate
            when rate.equals(Rate.of(rate.max()).sharedBy(rate.shared())) ->
                call(Rate.class, "of", rate.max()) + shared(rate);
            case Rate rate
            when rate.equals(Rate.between(rate.min(), rate.max()).sharedBy(rate.shared())) ->
                call(Rate.class, "between", rate.min(), rate.max()) + shared(rate);
            case Outage(Duration min, Duration max, FaultScope scope) ->
                call(Outage.class, "between", min, max)
                        + (scope == FaultScope.CONNECTION ? "" : ".scope(" + value(scope) + ")");
            case Reset(Reset.At at, Duration delay) when delay.isZero() -> call(Reset.class, "at", at);
            case Respond(int status, String body, Map<String, String> headers, Optional<Duration> retry)
            when headers.isEmpty() ->
                call(Respond.class, "of", status, body)
                        + retry.map(time -> ".retryAfter(" + value(time) + ")").orElse("");
            case Timeout(Duration silence) when !silence.isZero() -> call(Timeout.class, "of", silence);
            case SlowClose(Duration delay) -> call(SlowClose.class, "of", delay);
            case Limit(long bytes, boolean notify) when notify -> call(Limit.class, "of", bytes);
            default -> value(fault);
        };
    }

    private static String stream(Latency.Scope scope) {
        return scope == Latency.Scope.STREAM ? ".onStream()" : "";
    }

    private String shared(Rate rate) {
        FaultScope usual = Rate.of(rate.max()).shared();
        return rate.shared() == usual ? "" : ".sharedBy(" + value(rate.shared()) + ")";
    }

    private String match(Match when) {
        StringBuilder code = new StringBuilder(name(Match.class))
                .append(when.path()
                        .map(glob -> ".path(" + text(glob.toString()) + ")")
                        .orElse(".ANY"));
        when.client().ifPresent(network -> code.append(".client(" + text(network.toString()) + ")"));
        when.sni().ifPresent(glob -> code.append(".sni(" + text(glob.toString()) + ")"));
        when.target().ifPresent(target -> code.append(".target(" + text(target.toString()) + ")"));
        if (!when.methods().isEmpty()) {
            code.append(".methods(" + list(when.methods().stream().sorted(), this::value) + ")");
        }
        when.host().ifPresent(glob -> code.append(".host(" + text(glob.toString()) + ")"));
        when.header()
                .forEach((name, glob) -> code.append(".header(" + text(name) + ", " + text(glob.toString()) + ")"));
        Map<String, Long> counts = new TreeMap<>(Map.of("skip", when.skip(), "first", when.first(), "nth", when.nth()));
        counts.values().removeIf(count -> count == 0);
        counts.forEach((method, count) -> code.append("." + method + "(" + value(count) + ")"));
        if (!when.from().isZero()) {
            code.append(".from(" + value(when.from()) + ")");
        }
        if (!when.lasting().isZero()) {
            code.append(".lasting(" + value(when.lasting()) + ")");
        }
        return code.toString();
    }

    private String call(Class<?> type, String method, Object... arguments) {
        return name(type) + "." + method + "(" + list(Arrays.stream(arguments), this::value) + ")";
    }

    private String value(Object value) {
        return switch (value) {
            case String text -> text(text);
            case Long number -> number == Long.MAX_VALUE ? "Long.MAX_VALUE" : number + "L";
            case Duration time -> duration(time);
            case Enum<?> constant -> name(constant.getDeclaringClass()) + "." + constant.name();
            case Optional<?> optional ->
                name(Optional.class)
                        + optional.map(each -> ".of(" + value(each) + ")").orElse(".empty()");
            case OptionalLong optional ->
                name(OptionalLong.class)
                        + (optional.isPresent() ? ".of(" + value(optional.getAsLong()) + ")" : ".empty()");
            case Map<?, ?> map -> name(Map.class) + ".ofEntries(" + list(map.entrySet().stream(), this::entry) + ")";
            case Collection<?> collection -> name(List.class) + ".of(" + list(collection.stream(), this::value) + ")";
            case Record fault -> "new " + name(fault.getClass()) + "(" + components(fault) + ")";
            default -> value.toString(); // int, double, boolean
        };
    }

    private String entry(Map.Entry<?, ?> entry) {
        return name(Map.class) + ".entry(" + value(entry.getKey()) + ", " + value(entry.getValue()) + ")";
    }

    private String components(Record fault) {
        return list(Arrays.stream(fault.getClass().getRecordComponents()), component -> value(read(fault, component)));
    }

    private static Object read(Record fault, RecordComponent component) {
        try {
            return component.getAccessor().invoke(fault);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " can't be read", e);
        }
    }

    private static <T> String list(Stream<T> values, Function<T, String> code) {
        return values.map(code).collect(Collectors.joining(", "));
    }

    private String duration(Duration time) {
        String type = name(Duration.class);
        long nanos = time.toNanosPart();
        if (nanos % 1_000_000 != 0) {
            return type + ".ofSeconds(" + time.toSeconds() + "L, " + nanos + ")";
        }
        return nanos == 0 ? type + ".ofSeconds(" + time.toSeconds() + ")" : type + ".ofMillis(" + time.toMillis() + ")";
    }

    /** The name of a type as code has it after an import of its outermost class. */
    private String name(Class<?> type) {
        Class<?> outer = type;
        String name = type.getSimpleName();
        while (outer.getEnclosingClass() != null) {
            outer = outer.getEnclosingClass();
            name = outer.getSimpleName() + "." + name;
        }
        imports.add(outer.getName());
        return name;
    }

    /** A string literal; what isn't ASCII is escaped, so that the encoding of the file doesn't matter. */
    private static String text(String value) {
        StringBuilder code = new StringBuilder("\"");
        value.chars().forEach(c -> {
            switch (c) {
                case '"' -> code.append("\\\"");
                case '\\' -> code.append("\\\\");
                case '\n' -> code.append("\\n");
                case '\r' -> code.append("\\r");
                case '\t' -> code.append("\\t");
                default -> {
                    if (c >= ' ' && c < 127) {
                        code.append((char) c);
                    } else {
                        code.append("\\u%04x".formatted(c));
                    }
                }
            }
        });
        return code.append('"').toString();
    }
}
