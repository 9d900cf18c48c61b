package io.chaosproxy.cli;

import io.chaosproxy.MissingLibrary;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.server.RunningServer;
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
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;

/** Server run by a command, with its output at startup and shutdown. */
final class RunSession implements AutoCloseable {
    /** Wildcard hosts, which can't be connected to. */
    private static final Set<String> EVERYWHERE = Set.of("", "0.0.0.0", "::");

    private final RunningServer server;
    private final PrintWriter out;
    private final Instant start = Instant.now();
    private @Nullable Control control;

    private RunSession(RunningServer server, PrintWriter out) {
        this.server = server;
        this.out = out;
    }

    /**
     * Starts all proxies; {@link #open} says so.
     *
     * @throws IOException naming the proxy and the address that can't be bound
     */
    static RunSession start(ChaosConfig config, PrintWriter out) throws IOException {
        if (config.cluster().isPresent()) {
            MissingLibrary.checkCluster();
        }
        return new RunSession(RunningServer.start(config), out);
    }

    /** Runs until shutdown and drain are complete; returns the exit code. */
    static int run(ChaosConfig config, Environment environment) throws IOException, InterruptedException {
        return run(config, environment, Optional.empty());
    }

    /** Runs with a control plane until shutdown and drain are complete; returns the exit code. */
    static int run(ChaosConfig config, Environment environment, Optional<Control.Start> controlled)
            throws IOException, InterruptedException {
        try (RunSession session = start(config, environment.out())) {
            session.open(controlled, environment, Optional.empty());
            environment.ending().await();
            session.server.shutdown(controlled.isPresent() ? delay(config) : Duration.ZERO);
            session.sumUp();
            return ExitCode.OK;
        }
    }

    private static Duration delay(ChaosConfig config) {
        return config.control().orElse(ControlSettings.DEFAULTS).shutdownDelay();
    }

    /**
     * Starts the control plane, if requested, and prints where everything listens.
     *
     * @param demo name of the proxy with a demo origin behind it
     */
    void open(Optional<Control.Start> controlled, Environment environment, Optional<String> demo) throws IOException {
        environment.serving().run();
        if (controlled.isPresent()) {
            control = controlled.get().start(server, environment, demo);
        }
        announce();
        if (control != null) {
            out.println("control  " + control.address());
        }
        environment.ending().handleHangups();
    }

    RunningServer server() {
        return server;
    }

    /** Closes all proxies without drain. */
    @Override
    public void close() {
        if (control != null) {
            control.close();
        }
        server.close();
    }

    private void announce() {
        Table table = new Table("", "", "", "");
        for (ProxyServer proxy : server.proxies()) {
            table.add(
                    proxy.name(),
                    proxy.spec().protocol().name().toLowerCase(Locale.ROOT),
                    listening(proxy) + " -> " + leadsTo(proxy.spec()),
                    Units.count(proxy.plan().rules().size(), "rule"));
        }
        table.body().forEach(out::println);
        server.registry()
                .common()
                .fleet()
                .ifPresent(fleet -> out.println("replica " + fleet.replica() + " of the cluster "
                        + fleet.settings().name() + " at " + fleet.settings().redis()));
        server.proxies().stream().filter(RunSession::isLateOnce).forEach(proxy -> out.println(lateOnce(proxy)));
        out.println(seed());
    }

    /** The scheme stands where it says that the upstream is reached by TLS. */
    private static String leadsTo(ProxySpec spec) {
        if (spec.upstream().isEmpty()) {
            return "the targets that clients name";
        }
        return spec.upstreamTls().isPresent()
                ? Upstream.text(spec)
                : spec.upstream().get().toString();
    }

    /** True if the latency of the short form delays only the first byte of a tcp connection, which a pool may use for many queries. */
    private static boolean isLateOnce(ProxyServer proxy) {
        return proxy.protocol() != Protocol.HTTP
                && Stream.of("latency", "all-latency")
                        .flatMap(name -> proxy.plan().rule(name).stream())
                        .anyMatch(rule -> rule.fault() instanceof StreamFault fault
                                && fault.firstByte(Direction.DOWN).isPresent());
    }

    private static String lateOnce(ProxyServer proxy) {
        return proxy.name() + ": latency delays only the first byte of each tcp connection; for every query, write"
                + " latency-scope = stream (--latency-scope stream)";
    }

    /** Listen address as configured, with the actual port. */
    static Address listening(ProxyServer proxy) {
        return new Address(proxy.spec().listen().host(), proxy.address().getPort());
    }

    /** The address, or loopback with its port if it is that of all interfaces. */
    static Address connectable(Address listening) {
        return EVERYWHERE.contains(listening.host()) ? new Address("127.0.0.1", listening.port()) : listening;
    }

    /** URL of the dashboard, if there is a control plane. */
    Optional<String> dashboard() {
        return Optional.ofNullable(control).map(Control::url);
    }

    /** Closes all proxies without drain, and prints a summary. */
    void end() {
        server.close();
        sumUp();
    }

    private void sumUp() {
        out.println(); // the terminal has echoed ^C on this line
        out.println("ended after " + Units.clock(Duration.between(start, Instant.now())));
        Table table = new Table("", "", "", "", "");
        server.proxies().forEach(proxy -> table.add(summary(proxy).toArray(String[]::new)));
        table.body().forEach(out::println);
        out.println("hits: " + Units.counts(server.journal().byType()));
        out.println(seed());
    }

    private static List<String> summary(ProxyServer proxy) {
        var traffic = proxy.traffic();
        List<String> cells = new ArrayList<>();
        cells.add(proxy.name());
        cells.add(Units.count(traffic.connections(), "connection")
                + (traffic.dialFailures() > 0 ? " (upstream not reached: " + traffic.dialFailures() + ")" : ""));
        cells.add(proxy.spec().protocol() != Protocol.TCP ? Units.count(traffic.exchanges(), "exchange") : "");
        cells.add(Units.bytes(traffic.bytes(Direction.UP)) + " up");
        cells.add(Units.bytes(traffic.bytes(Direction.DOWN)) + " down");
        return cells;
    }

    private String seed() {
        return "seed " + server.seed() + ", repeat with --seed " + server.seed();
    }
}
