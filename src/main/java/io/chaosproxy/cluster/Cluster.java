package io.chaosproxy.cluster;

import io.chaosproxy.config.ClusterSettings;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.inject.ClusterLink;
import io.chaosproxy.inject.ClusterRates;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.UnusableSettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.exceptions.JedisException;

/**
 * This process as a replica of a cluster. One thread speaks to Redis: at each exchange it says what the shared links did and gets
 * their shares, and learns the version of the plan. Another one waits for news of the plan, so that they are in force sooner.
 *
 * <p>Relayed bytes never wait for Redis: a limiter has its share until it gets another one. Thread-safe.
 */
public final class Cluster implements Fleet {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.cluster");

    /** Set while a thread changes plans for all replicas. */
    private static final ThreadLocal<@Nullable Written> FOR_ALL = new ThreadLocal<>();

    /** Time between exchanges of a replica without shared links, and between two tries while there is no Redis. */
    private static final Duration QUIET = Duration.ofMillis(500);

    private static final Duration REPORT = Duration.ofSeconds(1);

    /** A lease that was asked for before this has expired, however slow Redis was. */
    private static final Duration EXPIRED = Duration.ofMinutes(1);

    /** Platform threads may be in a call to Redis, which ends in this time. */
    private static final Duration LAST_CALL = Duration.ofSeconds(5);

    private final ClusterSettings settings;
    private final Redis redis;
    private final Keys keys;
    private final RedisErrors errors;
    private final ClusterPlan plan;
    private final Reports reports;
    private final RateShares shares;
    private final String instance = UUID.randomUUID().toString();
    private final String version = version();
    private final Semaphore wake = new Semaphore(0);

    private volatile String replica;
    private volatile @Nullable ProxyRegistry registry; // null until the proxies start
    private volatile Connected connected = new Connected(true, Instant.now(), Optional.empty());
    private volatile int replicas = 1;
    private final LongAdder failures = new LongAdder();
    private volatile Clock clock = new Clock(0, 0);
    private volatile boolean closed;
    private long reported; // these two of the thread that exchanges
    private long lag; // nanoseconds that the last exchange took
    private Map<String, ClusterLink> links = Map.of();
    private final Map<String, Leased> leased =
            new HashMap<>(); // of that thread, and of the closing one once it has ended
    private @Nullable Thread exchanging;
    private @Nullable Thread listening;

    /**
     * The clock of Redis, for those of replicas may differ.
     *
     * @param micros moment of the last answer; 0 if there was none
     * @param at the same moment of {@link System#nanoTime}
     */
    private record Clock(long micros, long at) {
        boolean isKnown() {
            return micros > 0;
        }

        long now() {
            return isKnown() ? micros + (System.nanoTime() - at) / 1000 : 0;
        }
    }

    /**
     * A share that may not have expired yet, though the link may be gone.
     *
     * @param asked when it was asked for, by {@link System#nanoTime}
     */
    private record Leased(ClusterLink link, long asked) {}

    /** Whether Redis answers, and since when that is so. */
    private record Connected(boolean is, Instant since, Optional<String> problem) {}

    private Cluster(ClusterSettings settings, Redis redis, long seed, String wanted) {
        this.settings = settings;
        this.redis = redis;
        this.keys = new Keys(settings.name());
        this.errors = new RedisErrors(settings, keys);
        this.plan = new ClusterPlan(redis, keys, instance);
        this.reports = new Reports(redis, keys);
        this.shares = new RateShares(seed);
        this.replica = wanted;
    }

    /**
     * Checks what the settings name outside of the configuration; connects to nothing.
     *
     * @throws UnusableSettingsException naming the key and the reason
     */
    public static void check(ClusterSettings settings) throws UnusableSettingsException {
        new Redis(settings).close();
    }

    /**
     * Takes a name in the cluster, and the plan. If Redis can't be reached, this goes on without, and tries again later.
     *
     * @param seed seed of what all replicas draw alike
     * @throws UnusableSettingsException naming the key and the reason if a file or variable is missing, or if Redis refuses the password
     */
    public static Cluster join(ClusterSettings settings, long seed) throws UnusableSettingsException {
        String wanted = settings.replica().orElseGet(Cluster::machine);
        Cluster cluster = new Cluster(settings, new Redis(settings), seed, wanted);
        try {
            cluster.takeName();
            cluster.plan.load();
        } catch (JedisException e) {
            Optional<UnusableSettingsException> refusal = cluster.errors.refusal(e);
            if (refusal.isPresent()) {
                cluster.redis.close();
                throw refusal.get();
            }
            cluster.lost(e);
        }
        return cluster;
    }

    private static String machine() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "replica";
        }
    }

    private static String version() {
        try (InputStream file = Cluster.class.getResourceAsStream("/io/chaosproxy/cli/version.txt")) {
            return file == null ? "unknown" : new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void takeName() {
        List<String> answer = redis.run(
                Script.JOIN,
                List.of(keys.replicas(), keys.instances()),
                List.of(replica, instance, String.valueOf(Pace.LEASE.toNanos() / 1000)));
        if (!answer.getFirst().equals(replica)) {
            LOG.log(
                    Level.WARNING,
                    "another replica of the cluster {0} is named {1}; this one is {2}",
                    settings.name(),
                    replica,
                    answer.getFirst());
            replica = answer.getFirst();
        }
        clock = new Clock(Long.parseLong(answer.get(1)), System.nanoTime());
    }

    /** Begins to share the rates and the plan of these proxies. */
    public void start(ProxyRegistry proxies) {
        registry = proxies;
        exchange(proxies); // so that the first bytes have their share
        // A platform thread, for streams that never wait can keep all carriers of virtual threads for a while.
        exchanging = Thread.ofPlatform().daemon().name("cluster").start(() -> run(proxies));
        listening = Thread.ofVirtual().name("cluster news").start(this::listen);
    }

    @Override
    public ClusterRates rates() {
        return shares;
    }

    private void run(ProxyRegistry proxies) {
        while (!closed) {
            long begin = System.nanoTime();
            exchange(proxies);
            Duration pause = links.isEmpty() || !connected.is() ? QUIET : Pace.between(replicas);
            try {
                if (wake.tryAcquire(pause.toNanos() - (System.nanoTime() - begin), TimeUnit.NANOSECONDS)) {
                    wake.drainPermits();
                }
            } catch (InterruptedException e) {
                return; // by close
            }
        }
    }

    private void exchange(ProxyRegistry proxies) {
        try {
            exchangeOnce(proxies);
            found();
        } catch (JedisException e) {
            if (!closed) {
                lost(e);
            }
        } catch (RuntimeException e) { // a defect of ours must not end the thread
            failures.increment();
            if (connected.is()) {
                connected = new Connected(false, Instant.now(), Optional.of(e.toString()));
                LOG.log(Level.ERROR, "exchange with the cluster failed", e);
            }
        }
    }

    private void exchangeOnce(ProxyRegistry proxies) {
        List<ClusterLink> current = proxies.common().limiters().clusterLinks();
        long inForce = plan.version();
        long asked = System.nanoTime();
        List<String> names = new ArrayList<>(List.of(keys.replicas(), keys.instances(), keys.plan(), keys.reports()));
        current.forEach(link -> {
            names.add(keys.shares(link.rule(), link.direction()));
            names.add(keys.sharers(link.rule(), link.direction()));
        });
        boolean isReport = clock.isKnown() && (reported == 0 || asked - reported >= REPORT.toNanos());
        List<String> words = new ArrayList<>(List.of(
                "0",
                replica,
                instance,
                String.valueOf(Pace.LEASE.toNanos() / 1000),
                String.valueOf(lag / 1000),
                isReport ? Reports.write(version, inForce, shares.shown(current), clock.now()) : ""));
        words.addAll(shares.arguments(current));
        List<String> answer = redis.run(Script.EXCHANGE, names, words);
        lag = System.nanoTime() - asked;
        long present = plan.number(answer.get(0));
        if (present < 0) {
            takeName();
            return;
        }
        replicas = Integer.parseInt(answer.get(1));
        long micros = Long.parseLong(answer.get(2));
        clock = new Clock(micros, System.nanoTime());
        shares.adopt(current, asked, micros, replicas, answer.subList(3, answer.size()));
        links = byName(current);
        links.forEach((name, link) -> leased.put(name, new Leased(link, asked)));
        leased.values().removeIf(lease -> asked - lease.asked() > EXPIRED.toNanos());
        if (present != inForce || plan.isPending()) {
            agree(proxies, present, inForce);
        }
        if (isReport) {
            reported = asked;
        }
    }

    private static Map<String, ClusterLink> byName(List<ClusterLink> current) {
        Map<String, ClusterLink> byName = new HashMap<>();
        current.forEach(link -> byName.put(link.rule() + " " + link.direction(), link));
        return byName;
    }

    private void agree(ProxyRegistry proxies, long present, long asked) {
        proxies.changing().lock();
        try {
            plan.agree(present, asked, proxies, replica, clock.now());
        } finally {
            proxies.changing().unlock();
        }
    }

    private void found() {
        if (!connected.is()) {
            connected = new Connected(true, Instant.now(), Optional.empty());
            LOG.log(Level.INFO, "Redis at {0} answers again", settings.redis());
        }
    }

    /** Says it once, however often it fails. */
    private void lost(JedisException failure) {
        failures.increment();
        String problem = errors.reason(failure);
        if (connected.is()) {
            connected = new Connected(false, Instant.now(), Optional.of(problem));
            LOG.log(
                    Level.WARNING,
                    "no answer from Redis at {0}: {1}; until it answers, {2} in force",
                    settings.redis(),
                    problem,
                    inForce());
            keepShares();
        }
    }

    /** What a replica runs with while there is no Redis. */
    private String inForce() {
        String rules =
                plan.version() == 0 ? "the rules of the configuration" : "version " + plan.version() + " of the plan";
        return clock.isKnown()
                ? rules + " and the last shares of rates stay"
                : rules + " and the whole of each shared rate are";
    }

    private void keepShares() {
        ProxyRegistry proxies = registry;
        if (proxies != null) {
            shares.keep(proxies.common().limiters().clusterLinks());
        }
    }

    /** Waits for news of the plan. A lost connection costs time only: each exchange tells the version, too. */
    private void listen() {
        JedisPubSub news = new JedisPubSub() {
            @Override
            public void onMessage(String channel, String message) {
                wake.release();
            }
        };
        while (!closed) {
            try {
                redis.call(client -> {
                    client.subscribe(news, keys.news());
                    return true;
                });
            } catch (RuntimeException e) { // the exchange reports what it is
                LOG.log(Level.DEBUG, "no news from Redis", e);
            }
            try {
                Thread.sleep(QUIET);
            } catch (InterruptedException e) {
                return; // by close
            }
        }
    }

    @Override
    public ClusterSettings settings() {
        return settings;
    }

    @Override
    public String replica() {
        return replica;
    }

    @Override
    public State state() {
        Connected now = connected;
        return new State(
                now.is(), now.since(), now.problem(), plan.version(), plan.isPending(), replicas, failures.sum());
    }

    @Override
    public List<Share> shares() {
        ProxyRegistry proxies = registry;
        return proxies == null
                ? List.of()
                : shares.shown(proxies.common().limiters().clusterLinks());
    }

    @Override
    public List<Replica> replicas() {
        Replica self = new Replica(replica, version, plan.version(), shares(), Instant.now(), true);
        if (!connected.is()) {
            return List.of(self);
        }
        try {
            return reports.read(clock.now()).stream()
                    .map(each -> each.name().equals(replica) ? self : each)
                    .toList();
        } catch (JedisException e) {
            return List.of(self);
        }
    }

    @Override
    public void everywhere(Written written, Changes changes) throws Exception {
        FOR_ALL.set(written);
        try {
            changes.make();
        } finally {
            FOR_ALL.remove();
        }
    }

    @Override
    public void commit(Map<String, Plan> wanted) {
        ProxyRegistry proxies = registry;
        Written written = FOR_ALL.get();
        if (written == null || proxies == null) {
            return;
        }
        Map<String, Plan> changed = new HashMap<>(wanted);
        changed.entrySet()
                .removeIf(each -> proxies.find(each.getKey())
                                .map(ProxyServer::plan)
                                .filter(each.getValue()::equals)
                                .isPresent()
                        || plan.isWritten(each.getKey(), each.getValue()));
        if (changed.isEmpty()) { // what was asked for is in force
            written.version(plan.version(), plan.isPending());
            return;
        }
        if (connected.is() && !plan.isPending()) {
            try {
                plan.write(changed, replica);
                written.version(plan.version(), false);
                return;
            } catch (ConflictException e) {
                wake.release(); // the winning version comes soon
                throw e;
            } catch (JedisException e) {
                lost(e);
            }
        }
        plan.keep(changed, proxies);
        written.version(plan.version(), true);
    }

    @Override
    public Optional<Plan> plan(ProxySpec proxy) {
        return plan.of(proxy, clock.now());
    }

    /** Gives the leases back, and its name. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        end(exchanging);
        if (connected.is()) {
            try {
                leave();
            } catch (JedisException e) {
                LOG.log(Level.DEBUG, "Redis keeps the name of this replica until it expires", e);
            }
        }
        redis.close();
        end(listening);
    }

    /** Shares that have expired are free at the next exchange of another replica. */
    private void leave() {
        redis.call(client -> {
            leased.values()
                    .forEach(lease -> client.zadd(
                            keys.sharers(lease.link().rule(), lease.link().direction()), 0, replica));
            client.hdel(keys.reports(), replica);
            client.hdel(keys.instances(), replica);
            return client.zrem(keys.replicas(), replica);
        });
    }

    private static void end(@Nullable Thread thread) {
        if (thread == null) {
            return;
        }
        thread.interrupt();
        try {
            thread.join(LAST_CALL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it ends all the same
        }
    }
}
