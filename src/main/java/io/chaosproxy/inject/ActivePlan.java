package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.ExchangeFault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.flow.Waits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * A plan in force on a proxy. It never changes; a change of the plan, or a rule's time coming or going, makes the next
 * version. Rules that stay the same are carried over with their counts, so an unrelated edit re-rolls nothing. What each
 * change means for exchanges that began under an older version is answered by {@link #from}.
 */
public final class ActivePlan {
    private final Plan plan;
    private final List<ActiveRule> rules;
    private final int places;
    private final long version;
    private final long urgent;
    private final long gentle; // the last version that left what was under way alone
    private final long whole; // the last version that holds for all that was under way, with all that it says
    private final long seen; // all gentle changes up to this version are part of it
    private final long madeAt;
    private final long seed;
    private final String proxy;
    private final List<ActiveRule> inForce;
    private final List<ActiveRule> up;
    private final List<ActiveRule> down;
    private final List<ActiveRule> responding; // every exchange asks for these and the edits
    private final List<ActiveRule> requestEdits;
    private final List<ActiveRule> responseEdits;
    private final boolean asksForServerName;
    private final long requestEditLength;
    private final long responseEditLength;

    private ActivePlan(
            Plan plan,
            List<ActiveRule> rules,
            int places,
            long version,
            long urgent,
            long gentle,
            long whole,
            long seen,
            long now,
            long seed,
            String proxy) {
        this.plan = plan;
        this.rules = rules;
        this.places = places;
        this.version = version;
        this.urgent = urgent;
        this.gentle = gentle;
        this.whole = whole;
        this.seen = seen;
        this.madeAt = now;
        this.seed = seed;
        this.proxy = proxy;
        this.inForce = rules.stream().filter(rule -> isOpen(rule, now)).toList();
        List<ActiveRule> able = inForce.stream()
                .filter(active -> active.rule().chance().canHit())
                .toList();
        this.up = meeting(able, Direction.UP);
        this.down = meeting(able, Direction.DOWN);
        this.responding = where(able, rule -> rule.response().isPresent());
        this.requestEdits = where(able, rule -> rule.edits(Direction.UP).isPresent());
        this.responseEdits = where(able, rule -> rule.edits(Direction.DOWN).isPresent());
        this.asksForServerName =
                rules.stream().anyMatch(active -> active.rule().when().sni().isPresent());
        this.requestEditLength = lengthOf(requestEdits, Direction.UP);
        this.responseEditLength = lengthOf(responseEdits, Direction.DOWN);
    }

    /** The first version: the plan with which a proxy starts. */
    public static ActivePlan first(Plan plan, long seed, String proxy, long now) {
        List<ActiveRule> rules = new ArrayList<>();
        for (Rule rule : plan.rules()) {
            rules.add(new ActiveRule(rule, rules.size(), seed, proxy, now, new AtomicLong(1)));
        }
        return new ActivePlan(plan, List.copyOf(rules), rules.size(), 1, 1, 1, 1, 1, now, seed, proxy);
    }

    /**
     * The next version. A rule that is put again as it is keeps its counts, and its time to live begins anew.
     *
     * @param atOnce whether the rules that it puts, edits or removes concern what is under way, too, and not just exchanges
     *     that begin from now on; earlier changes that left those alone still do
     */
    public ActivePlan next(Plan changed, boolean atOnce, long now) {
        boolean clears = atOnce && changed.rules().isEmpty();
        return next(changed, atOnce, clears ? version + 1 : whole, now);
    }

    /** The next version, which holds for all that is under way, earlier gentle changes included. */
    public ActivePlan replacedBy(Plan other, long now) {
        return next(other, true, version + 1, now);
    }

    private ActivePlan next(Plan changed, boolean atOnce, long wholly, long now) {
        List<ActiveRule> carried = new ArrayList<>();
        int place = places;
        for (Rule rule : changed.rules()) {
            Optional<ActiveRule> same =
                    rules.stream().filter(active -> active.rule().equals(rule)).findFirst();
            if (same.isPresent()) {
                if (same.get().rule() != rule) {
                    same.get().putAgain(rule, now); // not left in the plan, but put into it
                }
                carried.add(same.get());
            } else {
                carried.add(new ActiveRule(rule, place++, seed, proxy, now, changesOf(rule.name())));
            }
        }
        long next = version + 1;
        if (atOnce) {
            markChanges(carried, next);
        }
        return new ActivePlan(
                planOf(carried),
                List.copyOf(carried),
                place,
                next,
                atOnce ? next : urgent,
                atOnce ? gentle : next,
                wholly,
                next,
                now,
                seed,
                proxy);
    }

    private AtomicLong changesOf(String name) {
        return rules.stream()
                .filter(active -> active.rule().name().equals(name))
                .map(ActiveRule::changedAtOnce)
                .findFirst()
                .orElseGet(AtomicLong::new);
    }

    private void markChanges(List<ActiveRule> carried, long next) {
        for (ActiveRule active : rules) {
            if (!carried.contains(active)) {
                active.changedAtOnce().set(next);
            }
        }
        for (ActiveRule active : carried) {
            if (!rules.contains(active)) {
                active.changedAtOnce().set(next);
            }
        }
    }

    private static Plan planOf(List<ActiveRule> rules) {
        return new Plan(rules.stream().map(ActiveRule::rule).toList());
    }

    /**
     * The plan from now on for a target that began under an older version: that version if no change concerns it, this
     * one if all do, else the older rules with the changes that were made at once. Urgency belongs to a rule: the end of
     * one doesn't bring along what another change left to later exchanges.
     */
    public ActivePlan from(ActivePlan older) {
        if (!appliesToRunning(older)) {
            return older;
        }
        if (holdsWhollyFor(older)) {
            return this;
        }
        List<ActiveRule> merged = merge(older);
        return new ActivePlan(
                planOf(merged), merged, places, version, urgent, gentle, whole, older.seen, madeAt, seed, proxy);
    }

    private boolean holdsWhollyFor(ActivePlan older) {
        return older.seen >= gentle || older.version < whole;
    }

    private List<ActiveRule> merge(ActivePlan older) {
        List<ActiveRule> added = rules.stream()
                .filter(active -> active.changedAtOnce().get() > older.version && !older.rules.contains(active))
                .toList();
        List<ActiveRule> merged = new ArrayList<>(older.rules);
        merged.removeIf(active -> active.changedAtOnce().get() > older.version
                || added.stream()
                        .anyMatch(other ->
                                other.rule().name().equals(active.rule().name())));
        for (ActiveRule active : added) {
            int place = 0; // behind the nearest of those that precede it here
            for (ActiveRule before : rules.subList(0, rules.indexOf(active))) {
                place = Math.max(place, merged.indexOf(before) + 1);
            }
            merged.add(place, active);
        }
        return List.copyOf(merged);
    }

    /** Whether a rule that something met under an older version, or adopts now, holds for it. */
    public boolean keeps(ActiveRule rule, ActivePlan older) {
        if (!appliesToRunning(older)) {
            return older.has(rule);
        }
        return has(rule) || (!holdsWhollyFor(older) && from(older).has(rule));
    }

    /** The version for this moment: rules whose time has come or gone, without those whose time to live is over. */
    public ActivePlan at(long now) {
        List<Rule> living = rules.stream()
                .filter(active -> active.rule().ttl().isZero()
                        || now - active.ttlSince() < active.rule().ttl().toNanos())
                .map(ActiveRule::rule)
                .toList();
        return next(new Plan(living), true, now);
    }

    /** A next version without rules, for one exchange alone. */
    public ActivePlan withoutRules() {
        long next = version + 1;
        return new ActivePlan(Plan.CLEAN, List.of(), places, next, next, gentle, next, next, madeAt, seed, proxy);
    }

    /** Nanoseconds from the making of this version until {@link #at} gives another; {@link Waits#FOREVER} if never. */
    public long lasts() {
        long shortest = Waits.FOREVER;
        for (ActiveRule active : rules) {
            Match when = active.rule().when();
            long age = madeAt - active.since();
            long from = when.from().toNanos();
            long ttl = active.rule().ttl().toNanos();
            long end = ttl == 0 ? 0 : ttl + (active.ttlSince() - active.since());
            if (ttl > 0 && end <= age) {
                return 1; // a change came between its end and its removal
            }
            long[] moments = {
                from, when.lasting().isZero() ? 0 : from + when.lasting().toNanos(), end
            };
            for (long moment : moments) {
                if (moment > age) {
                    shortest = Math.min(shortest, moment - age);
                }
            }
        }
        return shortest;
    }

    /** Nanoseconds until the rule of this name removes itself; 0 if it doesn't, or if there is none. */
    public long ttlLeft(String name, long now) {
        return rules.stream()
                .filter(active -> active.rule().name().equals(name))
                .mapToLong(active -> active.rule().ttl().isZero()
                        ? 0
                        : Math.max(0, active.rule().ttl().toNanos() - (now - active.ttlSince())))
                .findFirst()
                .orElse(0);
    }

    private static boolean isOpen(ActiveRule active, long now) {
        Match when = active.rule().when();
        if (!when.hasWindow()) {
            return true;
        }
        long age = now - active.since() - when.from().toNanos();
        return age >= 0 && (when.lasting().isZero() || age < when.lasting().toNanos());
    }

    private static List<ActiveRule> meeting(List<ActiveRule> able, Direction direction) {
        return able.stream()
                .filter(active -> active.rule().fault() instanceof StreamFault fault
                        && active.rule().way().includes(direction)
                        && fault.actsOn(direction))
                .toList();
    }

    private static List<ActiveRule> where(List<ActiveRule> able, Predicate<ActiveRule> condition) {
        return able.stream().filter(condition).toList();
    }

    public Plan plan() {
        return plan;
    }

    public long version() {
        return version;
    }

    /** Whether a rule, in force now or at another time, asks for the server name of a ClientHello. */
    public boolean asksForServerName() {
        return asksForServerName;
    }

    /** The rules in force at this moment, of all kinds. */
    public List<ActiveRule> inForce() {
        return inForce;
    }

    /** The rules in force that act on bytes of this direction, in order, without those that can't hit at all. */
    public List<ActiveRule> streams(Direction direction) {
        return direction == Direction.UP ? up : down;
    }

    /** Whether this rule is in force, the same one with its counts. */
    public boolean has(ActiveRule rule) {
        return inForce.contains(rule);
    }

    /** The rate in force of this name and scope, perhaps another one than before. */
    public Optional<RateLimit> limit(String name, FaultScope scope) {
        for (ActiveRule active : inForce) {
            RateLimit limit = active.limit();
            if (limit != null && limit.scope() == scope && active.rule().name().equals(name)) {
                return Optional.of(limit);
            }
        }
        return Optional.empty();
    }

    /** Whether what began under that version has to take this one on now. */
    public boolean appliesToRunning(ActivePlan older) {
        return older.version < urgent;
    }

    /** The rules in force that edit the header of a request (up) or response (down), in order, without those that can't hit. */
    public List<ActiveRule> edits(Direction message) {
        return message == Direction.UP ? requestEdits : responseEdits;
    }

    /** Characters that these rules add to a header at most. */
    public long editLength(Direction message) {
        return message == Direction.UP ? requestEditLength : responseEditLength;
    }

    private static long lengthOf(List<ActiveRule> rules, Direction message) {
        return rules.stream()
                .mapToLong(rule -> rule.edits(message)
                        .map(ExchangeFault.HeaderChange::length)
                        .orElse(0L))
                .sum();
    }

    /**
     * The first rule in force that hits this exchange and has a response for it. One of its hits is used up, so that the
     * response may be entered into the journal later.
     */
    public Optional<ActiveRule> firstResponding(Target target) {
        for (ActiveRule active : responding) {
            if (target.decide(active) && target.reserves(active)) {
                return Optional.of(active);
            }
        }
        return Optional.empty();
    }
}
