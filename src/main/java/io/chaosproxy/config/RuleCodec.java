package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.COUNT;
import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.GLOB;
import static io.chaosproxy.config.ValueType.NETWORK;
import static io.chaosproxy.config.ValueType.NUMBER;
import static io.chaosproxy.config.ValueType.PATH;
import static io.chaosproxy.config.ValueType.TEXT;

import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TrialUnit;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Codec for rules in the long form: fault, direction, probability and match. */
final class RuleCodec {
    /** Codec for rules of one proxy. */
    static final RuleCodec OWN = new RuleCodec(Rate.Shared.PROXY);

    /** Codec for rules of all proxies. */
    static final RuleCodec COMMON = new RuleCodec(Rate.Shared.ALL);

    /** Also accepts Toxiproxy's terms. */
    private static final ValueType<Directions> WAY =
            ValueType.ofEnum(Directions.class, Map.of("upstream", Directions.UP, "downstream", Directions.DOWN));

    private static final ValueType<Duration> TIME_TO_LIVE =
            ValueType.positive(DURATION, "left out for a rule that stays");

    private static final ValueType<TrialUnit> PER = ValueType.ofEnum(TrialUnit.class);

    private final FaultCodec faults;

    private RuleCodec(Rate.Shared defaultSharing) {
        this.faults = new FaultCodec(defaultSharing);
    }

    /**
     * Reads the rule, named after its key; empty if there were errors.
     *
     * @param protocol protocol of the proxy that the rule is for; empty if unknown
     */
    Optional<Rule> read(ObjectReader reader, Optional<Protocol> protocol) {
        Optional<Function<ObjectReader, Fault>> decoder = faults.decoder(reader);
        Optional<Fault> fault = decoder.flatMap(known -> reader.build(() -> known.apply(reader)));
        Optional<Directions> way = reader.find("direction", WAY);
        TrialUnit defaultPer = fault.map(Fault::usualPer).orElse(TrialUnit.EXCHANGE);
        Probability chance = reader.build(() -> new Probability(
                        reader.get("probability", NUMBER, 1.0),
                        reader.get("per", PER, defaultPer),
                        reader.get("max-hits", COUNT, Long.MAX_VALUE)))
                .orElse(Probability.always());
        Duration ttl = reader.get("ttl", TIME_TO_LIVE, Duration.ZERO);
        Match when = reader.object("when").flatMap(RuleCodec::match).orElse(Match.ANY);
        if (decoder.isPresent()) { // without a type the valid fields are unknown
            reader.rejectUnknown();
        }
        return fault.flatMap(what -> reader.build(() -> {
            Rule rule = new Rule(reader.name(), what, way.orElse(what.usualWay()), chance, when, ttl);
            protocol.ifPresent(rule::checkFor);
            return rule;
        }));
    }

    private static Optional<Match> match(ObjectReader reader) {
        Optional<Match> match = reader.build(() -> new Match(
                reader.find("client", NETWORK),
                new LinkedHashSet<>(reader.list("method", TEXT)),
                reader.find("path", PATH),
                reader.find("host", GLOB),
                reader.map("header", GLOB),
                reader.get("skip", COUNT, 0L),
                reader.get("first", COUNT, 0L),
                reader.get("nth", COUNT, 0L),
                reader.get("from", DURATION, Duration.ZERO),
                reader.get("for", DURATION, Duration.ZERO)));
        reader.rejectUnknown();
        return match;
    }

    ObjectWriter write(Rule rule) {
        Probability chance = rule.chance();
        return faults.write(rule.fault())
                .put("direction", WAY, rule.way(), rule.fault().usualWay())
                .put("probability", NUMBER, chance.probability(), 1.0)
                .put("per", PER, chance.per(), rule.fault().usualPer())
                .put("max-hits", COUNT, chance.maxHits(), Long.MAX_VALUE)
                .put("ttl", DURATION, rule.ttl(), Duration.ZERO)
                .put("when", write(rule.when()));
    }

    private static ObjectWriter write(Match when) {
        ObjectWriter fields = new ObjectWriter();
        when.client().ifPresent(client -> fields.put("client", NETWORK, client));
        fields.put("method", TEXT, when.methods());
        when.path().ifPresent(path -> fields.put("path", PATH, path));
        when.host().ifPresent(host -> fields.put("host", GLOB, host));
        return fields.put("header", GLOB, when.header())
                .put("skip", COUNT, when.skip(), 0L)
                .put("first", COUNT, when.first(), 0L)
                .put("nth", COUNT, when.nth(), 0L)
                .put("from", DURATION, when.from(), Duration.ZERO)
                .put("for", DURATION, when.lasting(), Duration.ZERO);
    }
}
