package io.chaosproxy.ctl;

import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.terminal.Shell;
import io.chaosproxy.text.PlainText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ctl add}: a rule for a proxy, or a new proxy. */
@Command(
        name = "add",
        description = "Adds a rule to a proxy, in place of the one of that name if there is one; or adds a proxy.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl add shop slow type=latency delay=2s probability=0.5",
            "  chaos-proxy ctl add shop broken type=respond 'when.path=/api/**' ttl=5m",
            "  chaos-proxy ctl add db --listen 127.0.0.1:15432 --upstream 127.0.0.1:5432",
            "  chaos-proxy ctl add web --listen :8080 --upstream http://shop:80 latency=100",
            "",
            "KEY=VALUE are keys of the configuration file; a repeated key is a list. A rule",
            "with ttl is removed when it expires. A proxy is http if its upstream is a URL.",
            "A number without a unit is milliseconds or bytes; the output says which.",
            "chaos-proxy ctl faults lists the types, and with a type its keys."
        })
final class AddCommand implements Action {
    private final Ctl ctl;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "PROXY", description = "Proxy name.")
    private String proxy = "";

    @Parameters(
            index = "1..*",
            paramLabel = "RULE|KEY=VALUE",
            description = "Rule name (omit when adding a proxy), then fields.")
    private List<String> words = new ArrayList<>();

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Listen address of the new proxy; port 0 for an ephemeral port.")
    private @Nullable String listen;

    @Option(names = "--upstream", paramLabel = "ADDRESS", description = "Upstream address: host:port, or a URL.")
    private @Nullable String upstream;

    @Option(
            names = "--protocol",
            paramLabel = "http|tcp|auto|forward",
            description = "Protocol; inferred from the upstream by default.")
    private @Nullable Word protocol;

    /** Protocols as spelled on the command line. */
    private enum Word {
        http,
        tcp,
        auto,
        forward
    }

    AddCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        boolean named = !words.isEmpty() && !KeyValueArgs.isPair(words.getFirst());
        if (listen != null && upstream == null && protocol == Word.forward && !named) {
            put(List.of("listen=" + listen, "protocol=" + protocol));
        } else if (listen != null && upstream != null && !named) {
            addProxy(listen, upstream);
        } else if (listen == null && upstream == null && protocol == null && named) {
            addRule(words.getFirst(), words.subList(1, words.size()));
        } else {
            throw new ParameterException(
                    spec.commandLine(), "Either name the RULE, or give --listen and --upstream of a new proxy");
        }
    }

    private void addProxy(String from, String to) throws IOException {
        Word spoken = protocol != null ? protocol : Upstream.protocol(to) == Protocol.HTTP ? Word.http : Word.tcp;
        Optional<Upstream.Remedy> remedy = switch (spoken) {
            case http -> Upstream.remedy(Protocol.HTTP, to);
            case tcp -> Upstream.remedy(Protocol.TCP, to);
            case auto, forward -> Optional.empty();
        };
        if (remedy.isPresent()) {
            throw new IOException("a proxy of protocol " + spoken + " can't connect to " + PlainText.withoutUser(to)
                    + "; use: " + addCommand(from, remedy.get()));
        }
        put(List.of("listen=" + from, "upstream=" + to, "protocol=" + spoken));
    }

    private void put(List<String> place) throws IOException {
        List<String> fields = new ArrayList<>(words);
        fields.addAll(place);
        String body = KeyValueArgs.json(spec, fields);
        ControlClient server = ctl.server();
        if (ProxyLookup.of(server).has(proxy)) {
            throw new IOException("there is a proxy " + proxy + " already");
        }
        ApiResponse answer = server.put(body, "proxies", proxy);
        List<String> bare = ConfigReader.bareOfProxy(proxy, ConfigReader.json(body, "words"));
        ctl.say(answer, proxy + " listens on " + ListCommand.address(answer.json()) + understood(bare));
    }

    /** Command line that adds the proxy with the suggested protocol and upstream. */
    private String addCommand(String from, Upstream.Remedy remedy) {
        List<String> line = new ArrayList<>(List.of("chaos-proxy", "ctl", "add", proxy));
        line.addAll(List.of("--listen", from, "--upstream", remedy.upstream()));
        line.addAll(words);
        return Shell.line(line);
    }

    /** Interpretation of numbers without a unit: the user may have meant seconds by {@code delay=2}. */
    static String understood(List<String> bare) {
        return bare.isEmpty() ? "" : "; " + String.join(", ", bare);
    }

    private void addRule(String rule, List<String> fields) throws IOException {
        String body = KeyValueArgs.json(spec, fields);
        ControlClient server = ctl.server();
        ProxyLookup.of(server).proxy(proxy);
        ApiResponse answer = server.put(body, "proxies", proxy, "rules", rule);
        List<String> bare = ConfigReader.bareOfRule(rule, ConfigReader.json(body, "words"));
        ctl.say(answer, (answer.status() == 201 ? "added " : "replaced ") + rule + " on " + proxy + understood(bare));
    }
}
