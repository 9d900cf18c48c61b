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

    /** Says something of this replica; {@code micros} by the clock of Redis. */
    void write(String replica, String version, long planVersion, List<Fleet.Share> shares, long micros) {
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
        String json = ConfigWriter.json(ConfigValueFactory.fromMap(
                Map.of("version", version, "plan", planVersion, "shares", links, "micros", micros)));
        redis.call(client -> client.hset(keys.reports(), replica, json));
    }

    /** All replicas, ordered by name. */
    List<Fleet.Replica> read() {
        Map<String, String> reports = redis.call(client -> client.hgetAll(keys.reports()));
        List<Tuple> alive = redis.call(client -> client.zrangeWithScores(keys.replicas(), 0, -1));
        List<Fleet.Replica> replicas = new ArrayList<>();
        reports.forEach((name, json) -> parse(name, json, expiry(alive, name)).ifPresent(replicas::add));
        replicas.sort(Comparator.comparing(Fleet.Replica::name));
        return replicas;
    }

    private static Optional<Instant> expiry(List<Tuple> alive, String name) {
        return alive.stream()
                .filter(each -> each.getElement().equals(name))
                .map(each -> instant((long) each.getScore()))
                .findFirst();
    }

    private Optional<Fleet.Replica> parse(String name, String json, Optional<Instant> expiry) {
        Config report;
        Instant reported;
        List<Fleet.Share> shares;
        try {
            report = ConfigReader.json(json, "report of " + name);
            reported = instant(report.getLong("micros"));
            shares = report.getConfigList("shares").stream().map(Reports::share).toList();
        } catch (ConfigException | IllegalArgumentException e) {
            return Optional.empty(); // of another version of the program
        }
        Instant now = Instant.now();
        Instant seen = expiry.map(end -> end.minus(Pace.LEASE)).orElse(reported);
        boolean isAlive = expiry.filter(now::isBefore).isPresent();
        if (!isAlive && seen.isBefore(now.minus(REMEMBERED))) {
            redis.call(client -> client.hdel(keys.reports(), name));
            return Optional.empty();
        }
        return Optional.of(
                new Fleet.Replica(name, report.getString("version"), report.getLong("plan"), shares, seen, isAlive));
    }

    private static Fleet.Share share(Config share) {
        return new Fleet.Share(
                share.getString("rule"),
                Direction.valueOf(share.getString("direction").toUpperCase(Locale.ROOT)),
                share.getLong("rate"),
                share.getLong("whole"));
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
