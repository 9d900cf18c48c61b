package io.chaosproxy.cluster;

import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The plan of a cluster: for each proxy that was changed for all replicas the plan that it has since, and the version that each such
 * change made. Redis has it; this is what this replica has in force of it.
 *
 * <p>A change is written to Redis first, by compare and set. While Redis can't be reached, changes are made here alone and written
 * later, if no other version has been written meanwhile. Changed under the lock of the registry; any thread may read.
 */
final class ClusterPlan {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.cluster");

    /** An entry that is older than this is news to the replica that reads it, so times to live have begun before. */
    private static final Duration NEWS = Duration.ofSeconds(5);

    private static final String ENTRY = "p:";

    private final Redis redis;
    private final Keys keys;
    private final String instance;
    private final Map<String, Entry> entries = new HashMap<>();
    private final Map<String, Plan> beforePending = new LinkedHashMap<>();

    private volatile long version; // in force
    private volatile long confirmed; // the latest of them that Redis has had

    /**
     * Plan of one proxy.
     *
     * @param version that made it
     * @param micros moment of that by the clock of Redis; 0 for a version that Redis doesn't have yet
     */
    private record Entry(long version, long micros, String json) {
        @Override
        public String toString() {
            return version + " " + micros + " " + json;
        }
    }

    ClusterPlan(Redis redis, Keys keys, String instance) {
        this.redis = redis;
        this.keys = keys;
        this.instance = instance;
    }

    long version() {
        return version;
    }

    boolean isPending() {
        return version != confirmed;
    }

    /** Whether the present version made a proxy's plan this. */
    boolean isWritten(String proxy, Plan plan) {
        Entry entry = entries.get(proxy);
        return entry != null && entry.version() == version && entry.json().equals(PlanText.write(plan));
    }

    /** What the cluster has for a proxy; empty if nothing. */
    Optional<Plan> of(ProxySpec proxy, long micros) {
        return Optional.ofNullable(entries.get(proxy.name())).flatMap(entry -> plan(proxy, entry, micros));
    }

    /**
     * Writes a change to Redis before it is put in force.
     *
     * @param wanted plans that differ from those in force, by proxy
     * @throws Fleet.ConflictException if another version has been written; then nothing has changed
     * @throws JedisException if there is no answer; then nothing has changed, unless the answer was lost on its way
     */
    void write(Map<String, Plan> wanted, String writer) {
        long next = version + 1;
        Map<String, Entry> changed = new LinkedHashMap<>();
        wanted.forEach((proxy, plan) -> changed.put(proxy, new Entry(next, 0, PlanText.write(plan))));
        write(version, next, changed, writer);
        entries.putAll(changed);
        version = next;
        confirmed = next;
    }

    private void write(long base, long next, Map<String, Entry> some, String writer) {
        List<String> arguments =
                new ArrayList<>(List.of(String.valueOf(base), String.valueOf(next), writer, instance, keys.news()));
        some.forEach((proxy, entry) -> arguments.addAll(List.of(proxy, entry.toString())));
        List<String> answer = redis.run(Script.WRITE, List.of(keys.plan()), arguments);
        if (!answer.getFirst().equals("1")) {
            throw new Fleet.ConflictException(Long.parseLong(answer.get(1)), answer.get(2));
        }
    }

    /** Keeps a change that Redis has to be told later. */
    void keep(Map<String, Plan> wanted, ProxyRegistry registry) {
        long next = version + 1;
        wanted.forEach((proxy, plan) -> {
            registry.find(proxy).ifPresent(before -> beforePending.putIfAbsent(proxy, before.plan()));
            entries.put(proxy, new Entry(next, 0, PlanText.write(plan)));
        });
        version = next;
    }

    /** Takes the plan over before there are proxies. */
    void load() {
        read(redis.call(client -> client.hgetAll(keys.plan())));
    }

    private void read(Map<String, String> stored) {
        Map<String, Entry> read = new HashMap<>();
        stored.forEach((field, text) -> {
            if (field.startsWith(ENTRY)) {
                read.put(field.substring(ENTRY.length()), parse(text));
            }
        });
        version = number(stored.getOrDefault("version", "0"));
        confirmed = version;
        entries.clear();
        entries.putAll(read);
    }

    private Entry parse(String text) {
        String[] parts = text.split(" ", 3);
        if (parts.length < 3) {
            throw new OtherDataException(keys.plan() + " is not the plan of a cluster");
        }
        return new Entry(number(parts[0]), number(parts[1]), parts[2]);
    }

    /**
     * A number of the plan.
     *
     * @throws OtherDataException if it is none
     */
    long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new OtherDataException(keys.plan() + " is not the plan of a cluster");
        }
    }

    /**
     * Makes this replica and Redis agree. The lock of the registry is held.
     *
     * @param present version that Redis has
     * @param asked version that was in force here when Redis was asked
     */
    void agree(long present, long asked, ProxyRegistry registry, String writer, long micros) {
        if (isPending() || present < asked) {
            try {
                write(isPending() ? confirmed : version - 1, version, entries, writer);
                confirmed = version;
                beforePending.clear();
                LOG.log(
                        Level.INFO,
                        "version {0} of the plan has been written to Redis, which had {1}",
                        version,
                        present);
            } catch (Fleet.ConflictException e) {
                if (isPending()) {
                    LOG.log(
                            Level.WARNING,
                            "changes of the plan that were made without Redis are void: {0}",
                            String.valueOf(e.getMessage()));
                }
                follow(registry, micros);
            }
        } else if (present > version) {
            follow(registry, micros);
        }
    }

    /** Puts in force what Redis has. */
    private void follow(ProxyRegistry registry, long micros) {
        long before = confirmed;
        read(redis.call(client -> client.hgetAll(keys.plan())));
        Map<ProxyServer, Plan> plans = new LinkedHashMap<>();
        beforePending.forEach((proxy, plan) -> registry.find(proxy).ifPresent(found -> plans.put(found, plan)));
        entries.forEach((proxy, entry) -> {
            if (entry.version() > before || beforePending.containsKey(proxy)) {
                registry.find(proxy)
                        .ifPresent(
                                found -> plan(found.spec(), entry, micros).ifPresent(plan -> plans.put(found, plan)));
            }
        });
        beforePending.clear();
        putInForce(registry, plans);
    }

    /** All as one change, or else those that can be. */
    private static void putInForce(ProxyRegistry registry, Map<ProxyServer, Plan> plans) {
        try {
            registry.change(plans);
        } catch (RuntimeException together) {
            plans.forEach((proxy, plan) -> {
                try {
                    registry.change(Map.of(proxy, plan));
                } catch (RuntimeException e) {
                    LOG.log(
                            Level.WARNING,
                            "{0} can''t have the plan of the cluster: {1}",
                            proxy.name(),
                            String.valueOf(e.getMessage()));
                }
            });
        }
    }

    private static Plan aged(Plan plan, Duration age) {
        if (age.compareTo(NEWS) < 0) {
            return plan;
        }
        List<Rule> rules = new ArrayList<>();
        for (Rule rule : plan.rules()) {
            if (rule.ttl().isZero()) {
                rules.add(rule);
            } else if (rule.ttl().compareTo(age) > 0) {
                rules.add(rule.ttl(rule.ttl().minus(age)));
            }
        }
        return new Plan(rules);
    }

    private static Optional<Plan> plan(ProxySpec proxy, Entry entry, long micros) {
        Duration age = Duration.ofNanos(1000 * Math.max(0, entry.micros() == 0 ? 0 : micros - entry.micros()));
        try {
            return Optional.of(aged(PlanText.read(entry.json(), proxy.protocol()), age));
        } catch (InvalidConfigException | InvalidValueException e) {
            LOG.log(
                    Level.WARNING,
                    "{0} can''t have the plan of the cluster: {1}",
                    proxy.name(),
                    String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }
}
