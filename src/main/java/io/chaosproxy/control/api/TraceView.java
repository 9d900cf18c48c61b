package io.chaosproxy.control.api;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.inject.Condition;
import io.chaosproxy.inject.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** JSON objects of records. Times are milliseconds since the beginning of the record. */
final class TraceView {
    private TraceView() {}

    /** What a list has of a record. */
    static Map<String, Object> summary(Trace trace) {
        return summary(trace, trace.state());
    }

    private static Map<String, Object> summary(Trace trace, Trace.State state) {
        Map<String, Object> shown = new HashMap<>(Map.of(
                "proxy", trace.proxy(),
                "connection", trace.connection(),
                "exchange", trace.exchange(),
                "client", trace.client(),
                "request", trace.request(),
                "at", trace.began().toString(),
                "time-ms", millis(state.now()),
                "up", state.up(),
                "down", state.down(),
                "phases", phases(state)));
        shown.put("waits", state.waits().stream().map(TraceView::wait).toList());
        shown.put(
                "hits",
                state.effects().stream()
                        .map(each -> each.rule().name())
                        .distinct()
                        .toList());
        if (state.ended().isPresent()) {
            shown.put("end", state.end());
        }
        if (state.status() > 0) {
            shown.put("status", state.status());
        }
        return shown;
    }

    /** All of a record. */
    static Map<String, Object> whole(Trace trace) {
        Trace.State state = trace.state();
        Map<String, Object> shown = summary(trace, state);
        shown.put("points", state.points().stream().map(TraceView::point).toList());
        shown.put("rules", rules(trace, state));
        shown.put("left-out", state.left());
        return shown;
    }

    /** dial, upstream (the wait for its first byte) and down, as far as they have begun. */
    private static List<Map<String, Object>> phases(Trace.State state) {
        List<Map<String, Object>> phases = new ArrayList<>();
        OptionalLong dialling = state.at(Trace.Moment.DIALLING);
        OptionalLong connected = state.at(Trace.Moment.CONNECTED);
        OptionalLong answered = state.at(Trace.Moment.ANSWERED);
        if (dialling.isPresent()) {
            phases.add(phase("dial", dialling.getAsLong(), connected.orElse(state.now())));
        }
        if (state.lastUp().isPresent()) {
            long sent = Math.min(state.lastUp().getAsLong(), answered.orElse(state.now()));
            phases.add(phase("upstream", sent, answered.orElse(state.now())));
        }
        if (state.at(Trace.Moment.FIRST_BYTE).isPresent()) {
            phases.add(phase("response", state.at(Trace.Moment.FIRST_BYTE).getAsLong(), state.now()));
        }
        return phases;
    }

    private static Map<String, Object> phase(String what, long from, long to) {
        return Map.of("what", what, "from-ms", millis(from), "to-ms", millis(to));
    }

    private static Map<String, Object> wait(Trace.Wait wait) {
        return Map.of(
                "rule", wait.rule().name(),
                "type", wait.rule().fault().type(),
                "direction", wait.direction().name().toLowerCase(Locale.ROOT),
                "from-ms", millis(wait.from()),
                "to-ms", millis(wait.to()));
    }

    private static Map<String, Object> point(Trace.Point point) {
        return Map.of("at-ms", millis(point.at()), "up", point.up(), "down", point.down());
    }

    /** Decisions in the order of the plan, those about rules that came later behind. */
    private static List<Map<String, Object>> rules(Trace trace, Trace.State state) {
        List<Map<String, Object>> shown = new ArrayList<>();
        List<Trace.Decision> rest = new ArrayList<>(state.decisions());
        for (Rule rule : trace.rules()) {
            List<Trace.Decision> own =
                    rest.stream().filter(each -> each.rule().equals(rule)).toList();
            if (own.isEmpty()) {
                shown.add(undecided(trace, rule));
            } else {
                own.forEach(each -> shown.add(decided(each, state)));
                rest.removeAll(own);
            }
        }
        rest.forEach(each -> shown.add(decided(each, state)));
        return shown;
    }

    private static Map<String, Object> named(Rule rule) {
        return new HashMap<>(
                Map.of("rule", rule.name(), "type", rule.fault().type(), "conditions", List.of(), "drawn", List.of()));
    }

    private static Map<String, Object> undecided(Trace trace, Rule rule) {
        Map<String, Object> shown = named(rule);
        shown.put("outcome", "not-asked");
        shown.put("reason", reason(trace, rule));
        return shown;
    }

    private static String reason(Trace trace, Rule rule) {
        if (rule.chance().probability() == 0) {
            return "its probability is 0";
        }
        if (rule.chance().maxHits() == 0) {
            return "max-hits is 0";
        }
        if (!trace.inForce().contains(rule)) {
            return "it rested at that time: from and for say when it is in force";
        }
        boolean ofConnections = rule.fault() instanceof AcceptFault || rule.fault() instanceof TlsFault;
        if (ofConnections && trace.exchange() > 0) {
            return "it acts on the connection, before its first exchange";
        }
        return "nothing came that it acts on";
    }

    private static Map<String, Object> decided(Trace.Decision decision, Trace.State state) {
        Rule rule = decision.rule();
        Map<String, Object> shown = named(rule);
        List<Trace.Effect> effects = state.effects().stream()
                .filter(each -> each.rule().equals(rule))
                .toList();
        shown.put("outcome", outcome(decision.outcome(), !effects.isEmpty()));
        shown.put("reason", reason(decision, !effects.isEmpty()));
        shown.put(
                "conditions",
                decision.conditions().stream().map(TraceView::condition).toList());
        shown.put("drawn", effects.stream().map(TraceView::effect).toList());
        shown.put("probability", rule.chance().probability());
        if (decision.match() > 0) {
            shown.put("match", decision.match());
        }
        decision.draw().ifPresent(draw -> shown.put("draw", draw));
        return shown;
    }

    private static Map<String, Object> condition(Condition condition) {
        return Map.of(
                "key", condition.key(),
                "expected", condition.expected(),
                "actual", condition.actual(),
                "holds", condition.holds());
    }

    private static Map<String, Object> effect(Trace.Effect effect) {
        Map<String, Object> shown = new HashMap<>();
        shown.put("at-ms", millis(effect.at()));
        if (!effect.drawn().equals(Sample.NOTHING)) {
            shown.putAll(JsonViews.drawn(effect.drawn()));
        }
        return shown;
    }

    private static String outcome(Trace.Outcome outcome, boolean struck) {
        return switch (outcome) {
            case CONDITIONS -> "conditions";
            case NOT_SELECTED -> "not-selected";
            case MISS -> "miss";
            case USED_UP -> "used-up";
            case HIT, EACH_SECOND -> struck ? "hit" : "no-effect";
        };
    }

    private static String reason(Trace.Decision decision, boolean struck) {
        Match when = decision.rule().when();
        Probability chance = decision.rule().chance();
        String earlier = decision.earlier() ? "decided for the whole connection by an earlier exchange: " : "";
        return earlier
                + switch (decision.outcome()) {
                    case CONDITIONS -> "a condition does not hold";
                    case NOT_SELECTED -> "match " + decision.match() + " is not one that " + order(when) + " selects";
                    case MISS -> "the trial was a miss";
                    case USED_UP -> "its " + chance.maxHits() + " hits are used up";
                    case HIT -> struck ? "it hit" : "it would hit, and has had no effect yet";
                    case EACH_SECOND ->
                        chance.per() == TrialUnit.SECOND && struck
                                ? "it has a trial in each second, of which at least one hit"
                                : "it has a trial in each second, and none has hit";
                };
    }

    private static String order(Match when) {
        List<String> parts = new ArrayList<>();
        if (when.skip() > 0) {
            parts.add("skip " + when.skip());
        }
        if (when.first() > 0) {
            parts.add("first " + when.first());
        }
        if (when.nth() > 0) {
            parts.add("nth " + when.nth());
        }
        return String.join(", ", parts);
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1e3) / 1e3;
    }
}
