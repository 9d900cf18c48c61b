package io.chaosproxy.helidon;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;

import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.http.Http1Handler;
import io.chaosproxy.net.Address;
import io.chaosproxy.relay.Options;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ProxySpec;
import io.chaosproxy.relay.ServerContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** What the tests have in common that run a plan once by a proxy and once inside a service: rows of their tables, and the proxy. */
final class TwoHosts {
    static final String NAME = "shop";
    static final long SEED = 42;

    private TwoHosts() {}

    /** A row of a table: the rules, and the exchanges that follow each other. */
    record Row(String name, List<Rule> rules, List<String> exchanges) {
        Row(String name, List<String> exchanges, Rule... rules) {
            this(name, List.of(rules), exchanges);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<String> twice(String... exchanges) {
        List<String> all = new ArrayList<>(List.of(exchanges));
        Collections.addAll(all, exchanges);
        return all;
    }

    static Rule rule(Fault fault) {
        return Rule.of(fault.type(), fault);
    }

    /** A latency that is over before anybody looks at the clock. */
    static Rule late() {
        return rule(Latency.between(ofNanos(1), ofMillis(3)));
    }

    /** Faults that only hold back, in each direction. */
    static List<Rule> holds() {
        List<Rule> rules = new ArrayList<>();
        for (Directions way : Directions.values()) {
            rules.add(late().way(way));
            rules.add(rule(Outage.between(ofNanos(1), ofMillis(3))).way(way));
            rules.add(rule(Outage.of(ofMillis(1))).way(way).per(TrialUnit.EXCHANGE));
            rules.add(rule(Outage.of(ofMillis(1)).scope(FaultScope.PROXY))
                    .way(way)
                    .per(TrialUnit.EXCHANGE));
        }
        return rules;
    }

    /** The rule with each kind of chance. */
    static Stream<Row> chances(Rule rule, List<String> exchanges) {
        List<Rule> chances = new ArrayList<>(List.of(
                rule,
                rule.probability(0.5),
                rule.maxHits(3),
                rule.probability(0.5).maxHits(2),
                rule.when(Match.ANY.nth(2)),
                rule.when(Match.ANY.skip(2).first(3))));
        if (mayTryEachSecond(rule.fault())) {
            chances.add(rule.per(TrialUnit.SECOND).probability(0.5));
        }
        return chances.stream().map(chance -> new Row(text(chance), exchanges, chance));
    }

    private static boolean mayTryEachSecond(Fault fault) {
        return fault instanceof StreamFault;
    }

    static String text(Rule rule) {
        return rule.fault() + " " + rule.way() + " " + rule.chance() + " nth "
                + rule.when().nth() + " skip " + rule.when().skip();
    }

    /** The proxy that carries out the rules, in front of this port. */
    static ProxyServer proxy(Row row, int upstream, Journal journal) throws IOException {
        return ProxyServer.start(
                new ProxySpec(
                        NAME,
                        Protocol.HTTP,
                        new Address("127.0.0.1", 0),
                        new Address("127.0.0.1", upstream),
                        new Plan(row.rules),
                        Options.DEFAULTS),
                new ServerContext(SEED, TimeSource.SYSTEM, journal),
                new Http1Handler());
    }

    static Journal journal() {
        return new Journal(Journal.DEFAULT_CAPACITY);
    }

    /** By connection, exchange and rule: in which order two directions enter their hits is up to the scheduler. */
    static List<String> texts(List<Hit> hits) {
        return hits.stream()
                .map(hit -> hit.connection() + "." + hit.exchange() + " " + hit.request() + " " + hit.rule() + " "
                        + hit.type() + " " + hit.drawn())
                .sorted()
                .toList();
    }
}
