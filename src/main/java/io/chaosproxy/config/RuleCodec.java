package io.chaosproxy.config;

import static io.chaosproxy.config.Kind.COUNT;
import static io.chaosproxy.config.Kind.DURATION;
import static io.chaosproxy.config.Kind.GLOB;
import static io.chaosproxy.config.Kind.NETWORK;
import static io.chaosproxy.config.Kind.NUMBER;
import static io.chaosproxy.config.Kind.PATH;
import static io.chaosproxy.config.Kind.TEXT;

import io.chaosproxy.fault.Chance;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Per;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Way;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Rules in their long form: a fault, and whom it hits how often. */
final class RuleCodec {
    /** For rules of one proxy. */
    static final RuleCodec OWN = new RuleCodec(Rate.Shared.PROXY);

    /** For rules of all proxies together. */
    static final RuleCodec COMMON = new RuleCodec(Rate.Shared.ALL);

    /** Toxiproxy's words are read as well. */
    private static final Kind<Way> WAY = Kind.word(Way.class, Map.of("upstream", Way.UP, "downstream", Way.DOWN));

    private static final Kind<Duration> TIME_TO_LIVE = Kind.positive(DURATION, "left out for a rule that stays");

    private static final Kind<Per> PER = Kind.word(Per.class);

    private final FaultCodec faults;

    private RuleCodec(Rate.Shared usualSharers) {
        this.faults = new FaultCodec(usualSharers);
    }

    /**
     * The rule that a section describes, under the section's name; empty if that was a mistake.
     *
     * @param protocol of the proxy that has to carry it out; empty if that isn't known
     */
    Optional<Rule> read(Section section, Optional<Protocol> protocol) {
        Optional<Function<Section, Fault>> decoder = faults.decoder(section);
        Optional<Fault> fault = decoder.flatMap(known -> section.build(() -> known.apply(section)));
        Optional<Way> way = section.find("direction", WAY);
        Per usualPer = fault.map(Fault::usualPer).orElse(Per.EXCHANGE);
        Chance chance = section.build(() -> new Chance(
                        section.get("probability", NUMBER, 1.0),
                        section.get("per", PER, usualPer),
                        section.get("max-hits", COUNT, Long.MAX_VALUE)))
                .orElse(Chance.always());
        Duration ttl = section.get("ttl", TIME_TO_LIVE, Duration.ZERO);
        Match when = section.section("when").flatMap(RuleCodec::match).orElse(Match.ANY);
        if (decoder.isPresent()) { // else there is no telling which fields belong here
            section.refuseUnknown();
        }
        return fault.flatMap(what -> section.build(() -> {
            Rule rule = new Rule(section.name(), what, way.orElse(what.usualWay()), chance, when, ttl);
            protocol.ifPresent(rule::checkFor);
            return rule;
        }));
    }

    private static Optional<Match> match(Section section) {
        Optional<Match> match = section.build(() -> new Match(
                section.find("client", NETWORK),
                new LinkedHashSet<>(section.list("method", TEXT)),
                section.find("path", PATH),
                section.find("host", GLOB),
                section.map("header", GLOB),
                section.get("skip", COUNT, 0L),
                section.get("first", COUNT, 0L),
                section.get("nth", COUNT, 0L),
                section.get("from", DURATION, Duration.ZERO),
                section.get("for", DURATION, Duration.ZERO)));
        section.refuseUnknown();
        return match;
    }

    Fields write(Rule rule) {
        Chance chance = rule.chance();
        return faults.write(rule.fault())
                .put("direction", WAY, rule.way(), rule.fault().usualWay())
                .put("probability", NUMBER, chance.probability(), 1.0)
                .put("per", PER, chance.per(), rule.fault().usualPer())
                .put("max-hits", COUNT, chance.maxHits(), Long.MAX_VALUE)
                .put("ttl", DURATION, rule.ttl(), Duration.ZERO)
                .put("when", write(rule.when()));
    }

    private static Fields write(Match when) {
        Fields fields = new Fields();
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
