package io.chaosproxy.cli;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.demo.DemoOrigin;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.terminal.Table;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.ExitCode;

/** Runs a configuration with a demo origin behind it, and shows live statistics. */
final class Demo {
    private static final Duration PLAIN_LINE = Duration.ofSeconds(5);

    private final Environment environment;

    Demo(Environment environment) {
        this.environment = environment;
    }

    /**
     * Runs until shutdown; returns the exit code.
     *
     * @param controlled the control plane that was asked for on the command line; else that of the configuration, or one on the
     *     default port
     */
    int run(ChaosConfig config, Optional<Control.Start> controlled) throws IOException, InterruptedException {
        Optional<ProxySpec> first = config.proxies().stream()
                .filter(proxy -> proxy.protocol() == Protocol.HTTP)
                .findFirst();
        if (first.isEmpty()) {
            environment.err().println("the demo needs an http proxy, and there is none in this configuration");
            return ExitCode.USAGE;
        }
        try (DemoOrigin behind = origin(first.get().upstream().orElseThrow());
                RunSession session = RunSession.start(config, environment.out())) {
            session.open(
                    Optional.of(controlled.orElseGet(() -> control(config))),
                    environment,
                    Optional.of(first.get().name()));
            environment.out().println(behind);
            faults(session).forEach(environment.out()::println);
            List<String> invitation = invitation(session, first.get().name());
            invitation.forEach(environment.out()::println);
            watch(session, invitation);
            session.end(); // a demo has no exchanges worth draining
            return ExitCode.OK;
        }
    }

    private static DemoOrigin origin(Address address) throws IOException {
        try {
            return DemoOrigin.start(address.host(), address.port());
        } catch (IOException e) {
            throw new IOException("the demo's web server " + e.getMessage(), e);
        }
    }

    private static Control.Start control(ChaosConfig config) {
        return config.control().isPresent() ? Control.of(config) : Control.near(ControlSettings.DEFAULT_LISTEN);
    }

    /** The faults in force. */
    private static List<String> faults(RunSession session) {
        Table table = new Table("", "", "");
        for (ProxyServer proxy : session.server().proxies()) {
            for (Rule rule : proxy.plan().rules()) {
                Map<String, Object> fields =
                        new TreeMap<>(ConfigWriter.write(rule).unwrapped());
                fields.remove("type");
                String facts = fields.entrySet().stream()
                        .map(field -> field.getKey() + " " + field.getValue())
                        .collect(Collectors.joining(", "));
                table.add("  " + proxy.name() + ": " + rule.name(), rule.fault().type(), facts);
            }
        }
        List<String> lines = new ArrayList<>(List.of("", "Faults in force:"));
        lines.addAll(table.body());
        return table.body().isEmpty() ? List.of("", "No faults are in force.") : lines;
    }

    private static List<String> invitation(RunSession session, String name) {
        ProxyServer proxy = session.server().proxies().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        Address listening = RunSession.listening(proxy);
        String url = proxy.spec().scheme() + "://" + RunSession.connectable(listening);
        List<String> lines = new ArrayList<>();
        session.dashboard()
                .ifPresent(page -> lines.addAll(
                        List.of("", "Open in a browser to watch traffic and change the faults:", "  " + page)));
        Table table = new Table("", "");
        table.add("  " + url + "/", "a page on which you feel the network");
        table.add("  " + url + "/transports", "polling, long polling, events and WebSocket, side by side");
        table.add("  " + url + "/bytes/10000000", "a download of 10 MB");
        table.add("  " + url + "/slow?ms=500", "a late answer");
        table.add("  " + url + "/events", "server-sent events");
        table.add("  " + url + "/echo", "the request as the server sees it");
        lines.addAll(List.of("", "Open in a browser or with curl:"));
        lines.addAll(table.body());
        lines.addAll(List.of("  curl -o /dev/null " + url + "/bytes/10000000", ""));
        return lines;
    }

    private void watch(RunSession session, List<String> invitation) throws InterruptedException {
        StatsSampler meter = new StatsSampler(session.server(), TimeSource.SYSTEM);
        if (environment.terminal().get().isPresent()) {
            new LiveView(environment, invitation).show(meter);
        } else {
            while (!environment.ending().awaitFor(PLAIN_LINE)) {
                environment.out().println(DashboardView.line(meter.read()));
            }
        }
    }
}
