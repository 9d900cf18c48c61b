package io.chaosproxy.cli;

import io.chaosproxy.ChaosServer;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.net.Address;
import io.chaosproxy.relay.Proxy;
import io.chaosproxy.terminal.Table;
import io.chaosproxy.terminal.Units;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;

/** A server that a command runs, and what is said of it at the start and at the end. */
final class Session implements AutoCloseable {
    private final ChaosServer server;
    private final PrintWriter out;
    private final Instant start = Instant.now();
    private @Nullable Control control;

    private Session(ChaosServer server, PrintWriter out) {
        this.server = server;
        this.out = out;
    }

    /**
     * Starts all proxies and prints a line for each.
     *
     * @throws IOException naming the proxy and the address that could not be had
     */
    static Session start(ChaosConfig config, PrintWriter out) throws IOException {
        Session session = new Session(ChaosServer.startProxies(config), out);
        session.announce();
        return session;
    }

    /** A whole session: until it is asked to end, and what is under way has ended. Returns the exit code. */
    static int run(ChaosConfig config, Environment environment) throws IOException, InterruptedException {
        return run(config, environment, Optional.empty());
    }

    /** The same, seen and changed through a control plane. */
    static int run(ChaosConfig config, Environment environment, Optional<Control.Start> controlled)
            throws IOException, InterruptedException {
        try (Session session = start(config, environment.out())) {
            session.open(controlled, environment);
            environment.ending().await();
            session.server.shutdown();
            session.sumUp();
            return ExitCode.OK;
        }
    }

    /** Lets the session be seen and changed through a control plane, if one was asked for. */
    void open(Optional<Control.Start> controlled, Environment environment) throws IOException {
        environment.serving().run();
        if (controlled.isPresent()) {
            control = controlled.get().start(server, environment);
        }
    }

    ChaosServer server() {
        return server;
    }

    /** Ends everything at once. */
    @Override
    public void close() {
        if (control != null) {
            control.close();
        }
        server.close();
    }

    private void announce() {
        Table table = new Table("", "", "", "");
        for (Proxy proxy : server.proxies()) {
            table.add(
                    proxy.name(),
                    proxy.spec().protocol().name().toLowerCase(Locale.ROOT),
                    listening(proxy) + " -> " + proxy.spec().upstream(),
                    Units.count(proxy.plan().rules().size(), "rule"));
        }
        table.body().forEach(out::println);
        server.proxies().stream().filter(Session::isLateOnce).forEach(proxy -> out.println(lateOnce(proxy)));
        out.println(seed());
    }

    /** Whether the latency of the short form delays a tcp connection once, where a pooled one serves many queries. */
    private static boolean isLateOnce(Proxy proxy) {
        return proxy.protocol() == Protocol.TCP
                && Stream.of("latency", "all-latency")
                        .flatMap(name -> proxy.plan().rule(name).stream())
                        .anyMatch(rule ->
                                rule.fault() instanceof Latency latency && latency.scope() == Latency.Scope.FIRST_BYTE);
    }

    private static String lateOnce(Proxy proxy) {
        return proxy.name() + ": latency delays only the first byte of each tcp connection; for every query, write"
                + " latency-scope = stream (--latency-scope stream)";
    }

    /** Where clients connect: as it was written, with the real port. */
    static Address listening(Proxy proxy) {
        return new Address(proxy.spec().listen().host(), proxy.address().getPort());
    }

    /** Ends everything at once, and says what there was. */
    void end() {
        server.close();
        sumUp();
    }

    private void sumUp() {
        out.println(); // a terminal shows ^C at the begin of this line
        out.println("ended after " + Units.clock(Duration.between(start, Instant.now())));
        Table table = new Table("", "", "", "", "");
        server.proxies().forEach(proxy -> table.add(summary(proxy).toArray(String[]::new)));
        table.body().forEach(out::println);
        out.println("hits: " + Units.counts(server.journal().byType()));
        out.println(seed());
    }

    private static List<String> summary(Proxy proxy) {
        var traffic = proxy.traffic();
        List<String> cells = new ArrayList<>();
        cells.add(proxy.name());
        cells.add(Units.count(traffic.connections(), "connection")
                + (traffic.dialFailures() > 0 ? " (upstream not reached: " + traffic.dialFailures() + ")" : ""));
        cells.add(proxy.spec().protocol() == Protocol.HTTP ? Units.count(traffic.exchanges(), "exchange") : "");
        cells.add(Units.bytes(traffic.bytes(Direction.UP)) + " up");
        cells.add(Units.bytes(traffic.bytes(Direction.DOWN)) + " down");
        return cells;
    }

    private String seed() {
        return "seed " + server.seed() + ", repeat with --seed " + server.seed();
    }
}
