package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.FLAG;
import static io.chaosproxy.config.ValueType.NUMBER;
import static io.chaosproxy.config.ValueType.RATE;

import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.FieldSchema.About;
import io.chaosproxy.config.FieldSchema.Presence;
import io.chaosproxy.config.FieldSchema.Shape;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.ResetInTls;
import io.chaosproxy.fault.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Codec for the short form: the most common faults as plain keys of a proxy or of all proxies (latency, speed, jitter, reset). */
final class ShortForm {
    private static final ValueType<ResetMoment> AT = ValueType.ofEnum(ResetMoment.class);
    private static final ValueType<Latency.Scope> SCOPE = ValueType.ofEnum(Latency.Scope.class);

    /** Descriptions of the keys, in the order of the documentation. */
    static final List<About> ABOUTS = List.of(
            example("latency", DURATION, "100ms", "delay of the first byte of each response (tcp: of each connection)"),
            example(
                    "latency-min",
                    DURATION,
                    "50ms",
                    "lower bound of a latency drawn for each response (tcp: connection)"),
            example("latency-max", DURATION, "150ms", "upper bound of the drawn latency"),
            defaulted(
                    "latency-scope",
                    SCOPE,
                    Latency.Scope.FIRST_BYTE,
                    "what is delayed: the first byte, or every byte, and so each query on a tcp connection"),
            example("speed", RATE, "1MiB", "total bytes per second of all connections, in each direction"),
            example("speed-min", RATE, "1MiB", "lower bound of a drawn speed"),
            example("speed-max", RATE, "10MiB", "upper bound of the drawn speed"),
            defaulted("speed-every", DURATION, Rate.DEFAULT_REDRAW, "interval at which the speed is redrawn"),
            example("speed-up", RATE, "1MiB", "total bytes per second to the upstream"),
            example("speed-down", RATE, "4MiB", "total bytes per second to the client"),
            example("jitter-prob", NUMBER, 0.001, "probability of an outage, in each second in which bytes flow"),
            example("jitter-min", DURATION, "100ms", "lower bound of the duration of an outage"),
            example("jitter-max", DURATION, "500ms", "upper bound of the duration of an outage"),
            defaulted("reset-enable", FLAG, false, "whether exchanges (tcp: connections) may end in a TCP reset"),
            example("reset-prob", NUMBER, 0.001, "probability of a reset"),
            defaulted("reset-at", AT, ResetMoment.FIRST_BYTE, "moment of the reset"));

    static final List<String> WORDS = ABOUTS.stream().map(About::key).toList();

    private static About example(String key, ValueType<?> type, Object written, String summary) {
        Optional<Object> least = type == NUMBER ? Optional.of(0) : Optional.empty();
        Optional<Object> most = type == NUMBER ? Optional.of(1) : Optional.empty();
        return new About(key, type, Shape.VALUE, Presence.OPTIONAL, written, least, most, summary);
    }

    private static <T> About defaulted(String key, ValueType<T> type, T value, String summary) {
        return FieldSchema.<T, T>defaulted(key, type, same -> same, value, summary)
                .about();
    }

    private final ObjectReader reader;
    private final String prefix;
    private final FaultScope sharers;
    private final List<Rule> rules = new ArrayList<>();

    /** Range; both bounds are equal for a single value. */
    private record Range<T>(T min, T max) {}

    private ShortForm(ObjectReader reader, String prefix, FaultScope sharers) {
        this.reader = reader;
        this.prefix = prefix;
        this.sharers = sharers;
    }

    /** Reads the short form of one proxy. */
    static ShortForm own(ObjectReader reader) {
        return new ShortForm(reader, "", FaultScope.PROXY).read();
    }

    /** Reads the short form of all proxies; {@code clustered} if the configuration has a cluster. */
    static ShortForm common(ObjectReader reader, boolean clustered) {
        return new ShortForm(reader, "all-", clustered ? FaultScope.CLUSTER : FaultScope.ALL).read();
    }

    List<Rule> rules() {
        return List.copyOf(rules);
    }

    /** The keys that are given, with their values. */
    Map<String, String> given() {
        Map<String, String> given = new LinkedHashMap<>();
        WORDS.forEach(word -> reader.text(word).ifPresent(text -> given.put(word, text)));
        return given;
    }

    /** Name of the rule that a key makes, alone or with other keys. */
    static String ruleOf(String word) {
        int dash = word.indexOf('-');
        return dash < 0 || word.equals("speed-up") || word.equals("speed-down") ? word : word.substring(0, dash);
    }

    /** Rules of one proxy that keys make, by name in their order. */
    static Map<String, Rule> rulesOf(Map<String, ?> keys) {
        ObjectReader reader = new ObjectReader(new ConfigErrors(), List.of(), ConfigValueFactory.fromMap(keys));
        Map<String, Rule> rules = new LinkedHashMap<>();
        own(reader).rules().forEach(rule -> rules.put(rule.name(), rule));
        return rules;
    }

    /**
     * The keys of a proxy that still describe the plan: their rule is in force as they make it, or they make none, and none of its
     * name is in force. Those of rules that were changed or removed since are left out.
     */
    static Map<String, String> holding(ProxySpec proxy) {
        Map<String, Rule> made = rulesOf(proxy.written());
        Map<String, String> holding = new LinkedHashMap<>();
        for (String word : WORDS) {
            String text = proxy.written().get(word);
            String rule = ruleOf(word);
            if (text != null
                    && Optional.ofNullable(made.get(rule)).equals(proxy.plan().rule(rule))) {
                holding.put(word, text);
            }
        }
        return holding;
    }

    /** The keys that hold, without those that would put rules in another order when they are read again. */
    static Map<String, String> writable(ProxySpec proxy) {
        Map<String, String> keys = holding(proxy);
        List<Rule> made = List.copyOf(rulesOf(keys).values());
        List<Rule> rules = proxy.plan().rules();
        if (made.size() > rules.size() || !rules.subList(0, made.size()).equals(made)) {
            keys.keySet().removeIf(word -> proxy.plan().rule(ruleOf(word)).isPresent());
        }
        return keys;
    }

    /**
     * Keys that produce a rule of one proxy, single values as ranges; empty if only the long form can express the rule.
     */
    static Map<String, Object> words(Rule rule) {
        Map<String, Object> words = switch (rule.fault()) {
            case Latency(Distribution.Uniform(Duration min, Duration max), var scope) ->
                scoped(range("latency", DURATION, min, max), scope);
            case Latency(Distribution.Around(Duration delay, Duration jitter), var scope)
            when jitter.isZero() -> scoped(range("latency", DURATION, delay, delay), scope);
            case Rate rate when rule.name().equals("speed") -> speedWords(rate);
            case Rate rate -> Map.of(rule.name(), RATE.write(rate.min()));
            case Outage(Duration min, Duration max, var scope)
            when scope == FaultScope.CONNECTION ->
                with(
                        range("jitter", DURATION, min, max),
                        Map.of("jitter-prob", rule.chance().probability()));
            case Reset reset -> resetWords(rule, ResetMoment.of(reset));
            case ResetAtAccept reset -> resetWords(rule, ResetMoment.ACCEPT);
            case ResetInTls reset -> resetWords(rule, ResetMoment.of(reset));
            default -> Map.of();
        };
        ObjectReader reader = new ObjectReader(new ConfigErrors(), List.of(), ConfigValueFactory.fromMap(words));
        return own(reader).rules().equals(List.of(rule)) ? words : Map.of();
    }

    /**
     * Keys that produce the fault of a rule; empty if only the long form can express the fault. Conditions of the rule are left
     * out, and so is its probability.
     */
    static Map<String, Object> wordsOfFault(Rule rule) {
        Rule bare = Rule.of(rule.name(), rule.fault());
        return words(
                switch (rule.name()) {
                    case "speed-up" -> bare.way(Directions.UP);
                    case "speed-down" -> bare.way(Directions.DOWN);
                    default -> bare;
                });
    }

    /** Key that sets the probability of a rule; empty if the short form has none. */
    static Optional<String> probabilityOf(String rule) {
        return Optional.of(rule + "-prob").filter(WORDS::contains);
    }

    private static Map<String, Object> resetWords(Rule rule, ResetMoment at) {
        return Map.of("reset-enable", true, "reset-prob", rule.chance().probability(), "reset-at", AT.write(at));
    }

    private static Map<String, Object> scoped(Map<String, Object> words, Latency.Scope scope) {
        return scope == Latency.Scope.FIRST_BYTE ? words : with(words, Map.of("latency-scope", SCOPE.write(scope)));
    }

    private static Map<String, Object> speedWords(Rate rate) {
        Map<String, Object> range = range("speed", RATE, rate.min(), rate.max());
        return rate.redraw().equals(Rate.DEFAULT_REDRAW)
                ? range
                : with(range, Map.of("speed-every", DURATION.write(rate.redraw())));
    }

    private static <T> Map<String, Object> range(String word, ValueType<T> kind, T min, T max) {
        return Map.of(word + "-min", kind.write(min), word + "-max", kind.write(max));
    }

    private static Map<String, Object> with(Map<String, Object> some, Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(some);
        all.putAll(more);
        return all;
    }

    private ShortForm read() {
        reader.know(WORDS);
        latency();
        speed();
        jitter();
        reset();
        return this;
    }

    private void latency() {
        if (first("latency", "latency-min", "latency-max").isEmpty()) {
            reader.exclude(List.of("latency-scope"), "needs latency, or latency-min and latency-max");
        }
        Map<String, String> keys = Map.of("delay", "latency", "min", "latency-min", "max", "latency-max");
        Latency.Scope scope = reader.get("latency-scope", SCOPE, Latency.Scope.FIRST_BYTE);
        singleOrRange("latency", DURATION)
                .filter(delay -> !delay.max.isZero())
                .flatMap(delay -> reader.build(keys, () -> Rule.of(prefix + "latency", latency(delay, scope))))
                .ifPresent(rules::add);
    }

    private static Latency latency(Range<Duration> delay, Latency.Scope scope) {
        Latency latency = delay.min.equals(delay.max) ? Latency.of(delay.min) : Latency.between(delay.min, delay.max);
        return new Latency(latency.delay(), scope);
    }

    private void speed() {
        if (reader.has("speed") || reader.has("speed-min") || reader.has("speed-max")) {
            reader.exclude(List.of("speed-up", "speed-down"), "does not go with a speed for both directions");
        }
        if (!reader.has("speed-min") && !reader.has("speed-max")) {
            reader.exclude(List.of("speed-every"), "needs speed-min and speed-max");
        }
        speed("speed", Directions.BOTH, singleOrRange("speed", RATE));
        speed("speed-up", Directions.UP, single("speed-up", RATE));
        speed("speed-down", Directions.DOWN, single("speed-down", RATE));
    }

    private void speed(String word, Directions way, Optional<Range<Long>> total) {
        Map<String, String> keys = Map.of("rate", word, "redraw", "speed-every");
        total.flatMap(range -> reader.build(keys, () -> {
                    Duration every = reader.get("speed-every", DURATION, Rate.DEFAULT_REDRAW);
                    return Rule.of(prefix + word, new Rate(range.min, range.max, every, sharers))
                            .way(way);
                }))
                .ifPresent(rules::add);
    }

    private void jitter() {
        if (!reader.has("jitter-prob")) {
            first("jitter-min", "jitter-max").ifPresent(word -> reader.error(word, "needs jitter-prob"));
            return;
        }
        double probability = probability("jitter-prob");
        if (first("jitter-min", "jitter-max").isEmpty() && probability != 0) {
            reader.error("jitter-prob", "needs jitter-min and jitter-max");
        }
        Map<String, String> keys = Map.of("min", "jitter-min", "max", "jitter-max");
        range("jitter", DURATION)
                .flatMap(length ->
                        reader.build(keys, () -> Rule.of(prefix + "jitter", new Outage(length.min, length.max))))
                .filter(rule -> probability > 0)
                .ifPresent(rule -> rules.add(rule.probability(probability)));
    }

    private void reset() {
        if (!reader.has("reset-enable")) {
            first("reset-prob", "reset-at").ifPresent(word -> reader.error(word, "needs reset-enable = true"));
            return;
        }
        boolean enabled = reader.get("reset-enable", FLAG, false);
        if (enabled && !reader.has("reset-prob")) {
            reader.error("reset-enable", "needs reset-prob");
        }
        double probability = reader.has("reset-prob") ? probability("reset-prob") : 0;
        ResetMoment at = reader.get("reset-at", AT, ResetMoment.FIRST_BYTE);
        if (enabled && probability > 0) {
            rules.add(Rule.of(prefix + "reset", at.fault(Duration.ZERO)).probability(probability));
        }
    }

    private double probability(String word) {
        return reader.build(Map.of("probability", word), () -> Probability.of(reader.get(word, NUMBER)))
                .map(Probability::probability)
                .orElse(0.0);
    }

    private Optional<String> first(String... words) {
        return List.of(words).stream().filter(reader::has).findFirst();
    }

    private <T extends Comparable<T>> Optional<Range<T>> singleOrRange(String word, ValueType<T> kind) {
        Optional<String> end = first(word + "-min", word + "-max");
        if (reader.has(word) && end.isPresent()) {
            reader.error(word, "does not go with " + end.get());
            return Optional.empty();
        }
        return reader.has(word) ? single(word, kind) : range(word, kind);
    }

    private <T> Optional<Range<T>> single(String word, ValueType<T> kind) {
        return reader.find(word, kind).map(value -> new Range<>(value, value));
    }

    private <T extends Comparable<T>> Optional<Range<T>> range(String word, ValueType<T> kind) {
        String minWord = word + "-min";
        String maxWord = word + "-max";
        if (reader.has(minWord) != reader.has(maxWord)) {
            boolean hasMin = reader.has(minWord);
            reader.error(hasMin ? minWord : maxWord, "needs " + (hasMin ? maxWord : minWord));
        }
        Optional<T> min = reader.find(minWord, kind);
        Optional<T> max = reader.find(maxWord, kind);
        if (min.isEmpty() || max.isEmpty()) {
            return Optional.empty();
        }
        if (min.get().compareTo(max.get()) > 0) {
            reader.error(minWord, "must not be above " + maxWord);
            return Optional.empty();
        }
        return Optional.of(new Range<>(min.get(), max.get()));
    }
}
