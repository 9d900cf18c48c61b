package io.chaosproxy.config;

import static io.chaosproxy.config.FieldSchema.optional;
import static io.chaosproxy.config.ValueType.COUNT;
import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.NUMBER;

import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TrialUnit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Codec for rules in the long form: fault, direction, probability and match. */
final class RuleCodec {
    /** Codec for rules of one proxy. */
    static final RuleCodec OWN = new RuleCodec(FaultScope.PROXY);

    /** Codec for rules of all proxies. */
    static final RuleCodec COMMON = new RuleCodec(FaultScope.ALL);

    /** Codec for rules of all proxies of a cluster. */
    static final RuleCodec CLUSTERED = new RuleCodec(FaultScope.CLUSTER);

    /** Codec for rules of all proxies. */
    static RuleCodec common(boolean clustered) {
        return clustered ? CLUSTERED : COMMON;
    }

    private static final FieldSchema<Rule, Optional<Directions>> DIRECTION = optional(
            "direction",
            ValueType.ofEnum( // Toxiproxy's terms are accepted, too
                    Directions.class, Map.of("upstream", Directions.UP, "downstream", Directions.DOWN)),
            rule -> other(rule.way(), rule.fault().defaultDirections()),
            Directions.DOWN,
            "direction of the affected bytes: to the upstream, to the client, or both; the default"
                    + " depends on the type");

    private static final FieldSchema<Rule, Double> PROBABILITY = FieldSchema.<Rule, Double>defaulted(
                    "probability",
                    NUMBER,
                    rule -> rule.chance().probability(),
                    1.0,
                    "probability of a hit in one trial")
            .atLeast(0)
            .atMost(1);

    private static final FieldSchema<Rule, Optional<TrialUnit>> PER = optional(
            "per",
            ValueType.ofEnum(TrialUnit.class),
            rule -> other(rule.chance().per(), rule.fault().defaultPer()),
            TrialUnit.EXCHANGE,
            "unit of a trial: an exchange (on tcp: the connection), a connection, or a second in which"
                    + " bytes flow; the default depends on the type");

    private static final FieldSchema<Rule, Optional<Long>> MAX_HITS = FieldSchema.<Rule, Long>optional(
                    "max-hits",
                    COUNT,
                    rule -> other(rule.chance().maxHits(), Long.MAX_VALUE),
                    100L,
                    "maximum number of hits; after them the rule stays without effect; unlimited if left out")
            .atLeast(0);

    private static final FieldSchema<Rule, Optional<Duration>> TTL = optional(
            "ttl",
            ValueType.positive(DURATION, "left out for a rule that stays"),
            rule -> other(rule.ttl(), Duration.ZERO),
            Duration.ofMinutes(10),
            "time to live; the rule is removed when it expires; unlimited if left out");

    /** Fields of each rule besides those of its fault, and besides {@code when}. */
    static final List<FieldSchema<Rule, ?>> FIELDS = List.of(DIRECTION, PROBABILITY, PER, MAX_HITS, TTL);

    /** Keys of {@code when}, for the error about one that is written one level too high. */
    private static final Map<String, String> BELOW =
            MatchSchema.WHEN.keys().stream().collect(Collectors.toUnmodifiableMap(key -> key, key -> "when." + key));

    private final FaultCodec faults;

    private RuleCodec(FaultScope defaultSharing) {
        this.faults = new FaultCodec(defaultSharing);
    }

    /**
     * Reads the rule, named after its key; empty if there were errors.
     *
     * @param protocol protocol of the proxy that the rule is for; empty if unknown
     */
    Optional<Rule> read(ObjectReader reader, Optional<Protocol> protocol) {
        Optional<FaultSchema<?>> schema = faults.schema(reader);
        Optional<Fault> fault = schema.flatMap(known -> known.read(reader));
        Optional<Directions> way = DIRECTION.read(reader);
        TrialUnit defaultPer = fault.map(Fault::defaultPer).orElse(TrialUnit.EXCHANGE);
        Probability chance = reader.build(() -> new Probability(
                        PROBABILITY.read(reader),
                        PER.read(reader).orElse(defaultPer),
                        MAX_HITS.read(reader).orElse(Long.MAX_VALUE)))
                .orElse(Probability.always());
        Duration ttl = TTL.read(reader).orElse(Duration.ZERO);
        Match when = reader.object("when").flatMap(RuleCodec::match).orElse(Match.ANY);
        if (schema.isPresent()) { // without a type the valid fields are unknown
            reader.rejectUnknown(BELOW);
        }
        return fault.flatMap(what -> reader.build(() -> {
            Rule rule = new Rule(reader.name(), what, way.orElse(what.defaultDirections()), chance, when, ttl);
            protocol.ifPresent(rule::checkFor);
            return rule;
        }));
    }

    private static Optional<Match> match(ObjectReader reader) {
        Optional<Match> match = reader.build(() -> MatchSchema.WHEN.read(reader));
        reader.rejectUnknown();
        return match;
    }

    ObjectWriter write(Rule rule) {
        ObjectWriter fields = faults.write(rule.fault());
        FIELDS.forEach(field -> field.writer().accept(rule, fields));
        return rule.when().equals(Match.ANY)
                ? fields
                : fields.put("when", MatchSchema.WHEN.write(rule.when(), new ObjectWriter()));
    }

    /** The value, unless it is the usual one. */
    private static <T> Optional<T> other(T value, T usual) {
        return Optional.of(value).filter(one -> !one.equals(usual));
    }
}
