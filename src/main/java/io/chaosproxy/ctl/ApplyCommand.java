package io.chaosproxy.ctl;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.terminal.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ctl apply}: makes the proxies of a running chaos-proxy those of a file. */
@Command(
        name = "apply",
        description = "Atomically applies the proxies of a file; other proxies stay.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl apply -f service.conf --dry-run",
            "  chaos-proxy ctl apply -f service.conf --prune",
            "  cat service.conf more.conf | chaos-proxy ctl apply -f -",
            "",
            "A dry run compares texts: it does not try addresses or files. Without it, either",
            "all changes are made or none.",
            "",
            "Removes rules that were added at run time to proxies of the file. Connections",
            "stay open where the addresses are unchanged. The keys control and seed of the",
            "file have no effect. Names of files in it, such as certificates, refer to files",
            "of the server."
        })
final class ApplyCommand implements Action {
    private final Ctl ctl;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            required = true,
            description = "Configuration file; - for standard input.")
    private Path file = Path.of("");

    @Option(names = "--dry-run", description = "Show what would change, and change nothing.")
    private boolean isDryRun;

    @Option(names = "--prune", description = "Remove proxies that the file does not name.")
    private boolean prune;

    ApplyCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ChaosConfig wanted = read();
        ControlClient server = ctl.server();
        Map<String, ProxySpec> running = running(server);
        Map<String, List<String>> before = new TreeMap<>();
        running.forEach((name, proxy) -> before.put(name, lines(proxy)));
        Map<String, List<String>> after = new TreeMap<>(before);
        TreeSet<String> gone = new TreeSet<>(before.keySet());
        for (ProxySpec proxy : wanted.proxies()) {
            Optional<ProxySpec> present = Optional.ofNullable(running.get(proxy.name()));
            ProxySpec whole = keepingPort(proxy.with(wanted.planOf(proxy)), present);
            after.put(proxy.name(), lines(present.filter(whole::equals).orElse(whole))); // other units are no change
            gone.remove(proxy.name());
        }
        if (prune) {
            after.keySet().removeAll(gone);
        }
        if (isDryRun) {
            if (ctl.printsResponse()) {
                ctl.print(asResponse(before, after));
            } else {
                showDifference(before, after);
            }
            return;
        }
        ApiResponse answer = put(server, wanted);
        if (ctl.printsResponse()) {
            ctl.say(answer, "");
        } else {
            TreeSet<String> concerned = new TreeSet<>(prune ? gone : Set.of());
            wanted.proxies().forEach(proxy -> concerned.add(proxy.name()));
            concerned.forEach(name -> say(
                    name + " " + outcome(before.getOrDefault(name, List.of()), after.getOrDefault(name, List.of()))));
        }
    }

    private ChaosConfig read() throws IOException {
        return file.toString().equals("-")
                ? ConfigReader.parse(new String(System.in.readAllBytes(), UTF_8), "standard input")
                : ConfigReader.read(file, Map.of());
    }

    private ApiResponse put(ControlClient server, ChaosConfig wanted) throws IOException {
        ChaosConfig proxies =
                new ChaosConfig(OptionalLong.empty(), Optional.empty(), wanted.common(), wanted.proxies());
        String body = ConfigWriter.json(ConfigWriter.write(proxies));
        return server.put(Map.of("prune", Optional.of(Boolean.toString(prune))), body, "config");
    }

    /** A proxy on any port keeps the one that it has. */
    private static ProxySpec keepingPort(ProxySpec wanted, Optional<ProxySpec> running) {
        return running.filter(proxy -> wanted.listen().port() == 0
                        && proxy.listen().host().equals(wanted.listen().host()))
                .map(proxy -> wanted.listeningOn(proxy.listen().port()))
                .orElse(wanted);
    }

    /** The proxies in force. */
    private static Map<String, ProxySpec> running(ControlClient server) throws IOException {
        Map<String, ProxySpec> running = new TreeMap<>();
        Config config = ConfigFactory.parseString(server.text("config"));
        if (config.hasPath("chaos-proxy.proxies")) {
            ConfigObject proxies = config.getObject("chaos-proxy.proxies");
            proxies.forEach(
                    (name, fields) -> running.put(name, ConfigReader.proxy(name, ((ConfigObject) fields).toConfig())));
        }
        return running;
    }

    private static List<String> lines(ProxySpec proxy) {
        return ConfigWriter.hocon(ConfigWriter.write(proxy)).lines().toList();
    }

    private static String outcome(List<String> before, List<String> after) {
        return before.isEmpty()
                ? "added"
                : after.isEmpty() ? "removed" : before.equals(after) ? "unchanged" : "changed";
    }

    /** What the server would answer. */
    private static String asResponse(Map<String, List<String>> before, Map<String, List<String>> after) {
        TreeSet<String> changed = new TreeSet<>(before.keySet());
        changed.addAll(after.keySet());
        changed.removeIf(name -> Objects.equals(before.get(name), after.get(name)));
        return ConfigValueFactory.fromMap(Map.of(
                        "changed", List.copyOf(changed),
                        "added", without(after, before),
                        "removed", without(before, after)))
                .render(ConfigRenderOptions.concise());
    }

    private static List<String> without(Map<String, List<String>> these, Map<String, List<String>> those) {
        return these.keySet().stream().filter(name -> !those.containsKey(name)).toList();
    }

    private void showDifference(Map<String, List<String>> before, Map<String, List<String>> after) {
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        boolean same = true;
        for (String name : names) {
            List<String> difference =
                    LineDiff.of(before.getOrDefault(name, List.of()), after.getOrDefault(name, List.of()));
            if (!difference.isEmpty()) {
                same = false;
                say(name + " would be "
                        + outcome(before.getOrDefault(name, List.of()), after.getOrDefault(name, List.of())));
                difference.forEach(this::say);
            }
        }
        if (same) {
            say("nothing would change");
        }
    }

    private void say(String line) {
        ctl.console().out().println(Printable.of(line));
    }
}
