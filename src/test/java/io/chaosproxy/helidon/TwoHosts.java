package io.chaosproxy.helidon;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.http.Http1Handler;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the tests have in common that run a plan once by a proxy and once inside a service: rows of their tables, and the proxy. */
final class TwoHosts {
    private static final int RUNS = 5;

    static final String NAME = "shop";
    static final long SEED = 42;

    private TwoHosts() {}

    /**
     * A row of a table: the rules, and the exchanges that follow each other.
     *
     * @param later rules that take the place of the others once the first of those has hit; null for no change
     */
    record Row(String name, List<Rule> rules, @Nullable List<Rule> later, List<String> exchanges) {
        Row(String name, List<String> exchanges, Rule... rules) {
            this(name, List.of(rules), null, exchanges);
        }

        /** The same, with a change under way. */
        Row then(Rule... others) {
            return new Row(name, rules, List.of(others), exchanges);
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
        // exchanges behind a rate take seconds, and which one is in which second differs between two runs
        if (mayTryEachSecond(rule.fault()) && !(rule.fault() instanceof Rate)) {
            chances.add(rule.per(TrialUnit.SECOND).probability(0.5));
        }
        return chances.stream().map(chance -> new Row(text(chance), exchanges, chance));
    }

    /** A latency that only a change of the plan ends. */
    static Rule forever() {
        return rule(Latency.of(ofDays(1)));
    }

    /**
     * A plan that changes while a rule holds the first exchange.
     *
     * @param large one that a rate always holds up
     */
    static Stream<Row> changes(List<String> exchanges, String large) {
        Rule early = forever().way(Directions.UP);
        Rule dead = rule(Outage.of(ofDays(1)));
        Rule shut = rule(Rate.of(0)).way(Directions.DOWN);
        Rule fields = rule(Headers.ofResponse("X-Chaos", "yes"));
        return Stream.of(
                new Row("a latency ends", exchanges, forever()).then(),
                new Row("a latency is edited", exchanges, forever()).then(late()),
                new Row("a latency is edited for later exchanges", exchanges, forever())
                        .then(late().when(Match.ANY.skip(1))),
                new Row("a latency up ends", exchanges, early).then(),
                new Row("a latency up becomes one down", exchanges, early).then(late()),
                new Row("other rules for the response", exchanges, early).then(late().maxHits(2), fields),
                new Row("other fields for a late response", exchanges, forever()).then(fields),
                new Row("an outage ends", exchanges, dead).then(),
                new Row("an outage is edited", exchanges, dead).then(rule(Outage.of(ofMillis(1)))),
                new Row(
                                "an outage of all ends",
                                exchanges,
                                rule(Outage.of(ofDays(1)).scope(FaultScope.PROXY)))
                        .then(late()),
                new Row("a rate ends", exchanges, shut).then(),
                new Row("a rate is edited", twice(large), shut)
                        .then(rule(Rate.of(60_000)).way(Directions.DOWN)));
    }

    /** Compares the hosts by a row. */
    @FunctionalInterface
    interface Comparison {
        void run() throws Exception;
    }

    /**
     * Compares the hosts. With a trial each second, which trial an exchange meets depends on how fast the machine is in either run; two
     * hosts that differ by more than that differ each time.
     */
    static void compare(Row row, Comparison comparison) throws Exception {
        boolean isTimed = row.rules().stream().anyMatch(rule -> rule.chance().per() == TrialUnit.SECOND);
        for (int run = 1; ; run++) {
            try {
                comparison.run();
                return;
            } catch (AssertionError e) {
                if (!isTimed || run == RUNS) {
                    throw e;
                }
            }
        }
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

    /** Waits until a rule has hit. */
    interface Awaiting {
        void hit(String rule) throws InterruptedException;
    }

    /** The exchanges of a row, and its change while they are under way. */
    static <T> T run(Row row, Awaiting awaiting, Consumer<Plan> plan, Callable<T> exchanges) throws Exception {
        Future<T> result = Together.start(exchanges);
        if (row.later != null) {
            awaiting.hit(row.rules.getFirst().name());
            plan.accept(new Plan(row.later));
        }
        return Together.result(result);
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
