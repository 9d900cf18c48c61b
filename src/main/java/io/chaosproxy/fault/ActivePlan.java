package io.chaosproxy.fault;

import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.Waits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A plan in force on a proxy. It never changes; a change of the plan, or a rule's time coming or going, makes the next
 * version. Rules that stay the same are carried over with their counts, so an unrelated edit re-rolls nothing.
 */
public final class ActivePlan {
    private final Plan plan;
    private final List<ActiveRule> rules;
    private final int places;
    private final long version;
    private final long urgent;
    private final long madeAt;
    private final long seed;
    private final String proxy;
    private final List<ActiveRule> inForce;
    private final List<ActiveRule> up;
    private final List<ActiveRule> down;
    private final Map<Class<?>, List<ActiveRule>> byKind; // every exchange asks for some of them

    private ActivePlan(
            Plan plan,
            List<ActiveRule> rules,
            int places,
            long version,
            long urgent,
            long now,
            long seed,
            String proxy) {
        this.plan = plan;
        this.rules = rules;
        this.places = places;
        this.version = version;
        this.urgent = urgent;
        this.madeAt = now;
        this.seed = seed;
        this.proxy = proxy;
        this.inForce = rules.stream().filter(rule -> isOpen(rule, now)).toList();
        List<ActiveRule> able = inForce.stream()
                .filter(active -> active.rule().chance().canHit())
                .toList();
        this.up = meeting(able, Direction.UP);
        this.down = meeting(able, Direction.DOWN);
        this.byKind = able.stream()
                .collect(Collectors.groupingBy(
                        active -> active.rule().fault().getClass(), Collectors.toUnmodifiableList()));
    }

    /** The first version: the plan with which a proxy starts. */
    public static ActivePlan first(Plan plan, long seed, String proxy, long now) {
        List<ActiveRule> rules = new ArrayList<>();
        for (Rule rule : plan.rules()) {
            rules.add(new ActiveRule(rule, rules.size(), seed, proxy, now));
        }
        return new ActivePlan(plan, List.copyOf(rules), rules.size(), 1, 1, now, seed, proxy);
    }

    /**
     * The next version.
     *
     * @param atOnce whether it holds for what is under way, too, and not just for exchanges that begin from now on
     */
    public ActivePlan next(Plan changed, boolean atOnce, long now) {
        List<ActiveRule> carried = new ArrayList<>();
        int place = places;
        for (Rule rule : changed.rules()) {
            Optional<ActiveRule> same =
                    rules.stream().filter(active -> active.rule().equals(rule)).findFirst();
            carried.add(same.isPresent() ? same.get() : new ActiveRule(rule, place++, seed, proxy, now));
        }
        return new ActivePlan(
                changed, List.copyOf(carried), place, version + 1, atOnce ? version + 1 : urgent, now, seed, proxy);
    }

    /** The version for this moment: rules whose time has come or gone, without those whose time to live is over. */
    public ActivePlan at(long now) {
        List<Rule> living = rules.stream()
                .filter(active -> active.rule().ttl().isZero()
                        || now - active.since() < active.rule().ttl().toNanos())
                .map(ActiveRule::rule)
                .toList();
        return next(new Plan(living), true, now);
    }

    /** Nanoseconds from the making of this version until {@link #at} gives another; {@link Waits#FOREVER} if never. */
    public long lasts() {
        long shortest = Waits.FOREVER;
        for (ActiveRule active : rules) {
            Match when = active.rule().when();
            long age = madeAt - active.since();
            long from = when.from().toNanos();
            long[] moments = {
                from,
                when.lasting().isZero() ? 0 : from + when.lasting().toNanos(),
                active.rule().ttl().toNanos()
            };
            for (long moment : moments) {
                if (moment > age) {
                    shortest = Math.min(shortest, moment - age);
                }
            }
        }
        return shortest;
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

    public Plan plan() {
        return plan;
    }

    public long version() {
        return version;
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

    /** The rate in force of this name for these sharers, perhaps another one than before. */
    public Optional<Rate> rate(String name, Rate.Shared shared) {
        for (ActiveRule active : inForce) {
            if (active.rule().fault() instanceof Rate rate
                    && rate.shared() == shared
                    && active.rule().name().equals(name)) {
                return Optional.of(rate);
            }
        }
        return Optional.empty();
    }

    /** Whether what began under that version has to take this one on now. */
    public boolean supersedes(ActivePlan older) {
        return older.version < urgent;
    }

    /** The rules in force with faults of this kind, in order, without those that can't hit anybody. */
    public List<ActiveRule> of(Class<? extends Fault> kind) {
        return byKind.getOrDefault(kind, List.of());
    }

    /** The first rule in force with such a fault that hits this subject. */
    public Optional<ActiveRule> firstHit(Class<? extends Fault> kind, Subject subject) {
        for (ActiveRule active : of(kind)) {
            if (subject.hitBy(active)) {
                return Optional.of(active);
            }
        }
        return Optional.empty();
    }
}
