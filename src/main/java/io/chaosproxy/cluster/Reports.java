package io.chaosproxy.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.relay.Fleet;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import redis.clients.jedis.resps.Tuple;

/** What replicas say of themselves, for those who look at the fleet. */
final class Reports {
    /** How long a replica that has gone is still shown. */
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final Redis redis;
    private final Keys keys;

    Reports(Redis redis, Keys keys) {
        this.redis = redis;
        this.keys = keys;
    }

    /** What a replica says of itself, as JSON; {@code micros} by the clock of Redis. */
    static String write(String version, long planVersion, List<Fleet.Share> shares, long micros) {
        List<Map<String, Object>> links = shares.stream()
                .map(share -> Map.<String, Object>of(
                        "rule",
                        share.rule(),
                        "direction",
                        share.direction().name().toLowerCase(Locale.ROOT),
                        "rate",
                        share.rate(),
                        "whole",
                        share.whole()))
                .toList();
        return ConfigWriter.json(ConfigValueFactory.fromMap(
                Map.of("version", version, "plan", planVersion, "shares", links, "micros", micros)));
    }

    /** All replicas, ordered by name; {@code micros} is the present by the clock of Redis. */
    List<Fleet.Replica> read(long micros) {
        Map<String, String> reports = redis.call(client -> client.hgetAll(keys.reports()));
        List<Tuple> alive = redis.call(client -> client.zrangeWithScores(keys.replicas(), 0, -1));
        List<Fleet.Replica> replicas = new ArrayList<>();
        reports.forEach(
                (name, json) -> parse(name, json, expiry(alive, name), micros).ifPresent(replicas::add));
        replicas.sort(Comparator.comparing(Fleet.Replica::name));
        return replicas;
    }

    private static Optional<Long> expiry(List<Tuple> alive, String name) {
        return alive.stream()
                .filter(each -> each.getElement().equals(name))
                .map(each -> (long) each.getScore())
                .findFirst();
    }

    private Optional<Fleet.Replica> parse(String name, String json, Optional<Long> expiry, long micros) {
        Config report;
        long reported;
        List<Fleet.Share> shares;
        try {
            report = ConfigReader.json(json, "report of " + name);
            reported = report.getLong("micros");
            shares = report.getConfigList("shares").stream().map(Reports::share).toList();
        } catch (ConfigException | IllegalArgumentException e) {
            return Optional.empty(); // of another version of the program
        }
        long seen = expiry.map(end -> end - Pace.LEASE.toNanos() / 1000).orElse(reported);
        Duration ago = Duration.of(Math.max(0, micros - seen), ChronoUnit.MICROS);
        boolean isAlive = expiry.filter(end -> micros < end).isPresent();
        if (!isAlive && ago.compareTo(REMEMBERED) > 0) {
            redis.call(client -> client.hdel(keys.reports(), name));
            return Optional.empty();
        }
        return Optional.of(new Fleet.Replica(
                name,
                report.getString("version"),
                report.getLong("plan"),
                shares,
                Instant.now().minus(ago),
                isAlive));
    }

    private static Fleet.Share share(Config share) {
        return new Fleet.Share(
                share.getString("rule"),
                Direction.valueOf(share.getString("direction").toUpperCase(Locale.ROOT)),
                share.getLong("rate"),
                share.getLong("whole"));
    }
}
