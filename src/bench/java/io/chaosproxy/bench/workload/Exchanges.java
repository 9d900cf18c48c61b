package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.load.ClosedLoop;
import io.chaosproxy.bench.load.Request;
import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Setting;
import io.chaosproxy.bench.variant.Variant;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Predicate;

/** Requests that are answered with 13 bytes, as many as a number of connections carries. */
public final class Exchanges implements Workload {
    private static final double MICROS = 1e6;
    private static final int KIB_PER_MIB = 1024;

    private final String name;
    private final String title;
    private final int connections;
    private final boolean fresh;
    private final Setting setting;
    private final Predicate<Variant> who;

    private Exchanges(
            String name, String title, int connections, boolean fresh, Setting setting, Predicate<Variant> who) {
        this.name = name;
        this.title = title;
        this.connections = connections;
        this.fresh = fresh;
        this.setting = setting;
        this.who = who;
    }

    /** On connections that are kept. */
    public static Workload small(int connections) {
        return new Exchanges(
                "small-" + connections,
                "small requests (13 bytes come back), " + connections
                        + (connections == 1 ? " connection" : " connections"),
                connections,
                false,
                Setting.PLAIN,
                variant -> !variant.showsRules());
    }

    /** Each on a connection of its own, 64 at a time. */
    public static Workload fresh() {
        return new Exchanges(
                "fresh",
                "a new connection for each small request, 64 at a time",
                64,
                true,
                Setting.PLAIN,
                variant -> !variant.showsRules());
    }

    /** On connections that are kept, inside TLS. */
    public static Workload tlsSmall(int connections) {
        return new Exchanges(
                "tls-small-" + connections,
                "small requests inside TLS, " + connections + " connections",
                connections,
                false,
                Setting.TLS,
                variant -> true);
    }

    /** A TCP connection and a TLS handshake for each, without resumption. */
    public static Workload tlsFresh() {
        return new Exchanges(
                "tls-fresh",
                "a new connection with a full TLS handshake for each small request, 64 at a time",
                64,
                true,
                Setting.TLS,
                variant -> true);
    }

    /** Rules in force that don't hit, against none. */
    public static Workload armed() {
        return new Exchanges(
                "armed",
                "small requests, 64 connections, with rules in force that never hit, and without",
                64,
                false,
                Setting.PLAIN,
                Variant::showsRules);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public Setting setting() {
        return setting;
    }

    @Override
    public boolean suits(Variant variant) {
        return who.test(variant) && variant.can(setting());
    }

    @Override
    public Outcome round(Stand stand, Duration time) throws IOException {
        Running proxy = stand.kept(setting());
        try (ClosedLoop load = fresh
                ? ClosedLoop.fresh(endpoint(proxy), connections, Request.getOnce("/once"))
                : ClosedLoop.kept(endpoint(proxy), connections, Request.get("/small"))) {
            Account account = Account.open(stand, proxy);
            long answered = load.run(time);
            Cost cost = account.close();
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            figures.put(Figure.REQUESTS, answered / cost.wall());
            figures.put(Figure.OTHER_CPU_PER_REQUEST, cost.others() / answered * MICROS);
            figures.put(Figure.BROKEN, (double) load.failures());
            if (proxy.processes().isPresent()) {
                figures.put(Figure.CPU_PER_REQUEST, cost.proxy() / answered * MICROS);
                figures.put(Figure.RESIDENT, (double) proxy.processes().get().residentKib() / KIB_PER_MIB);
            }
            return Outcome.of(figures);
        }
    }
}
