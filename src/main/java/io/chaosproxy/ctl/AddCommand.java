package io.chaosproxy.ctl;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
            "  chaos-proxy ctl add shop broken type=respond status=503 'when.path=/api/**' ttl=5m",
            "  chaos-proxy ctl add db --listen 127.0.0.1:15432 --upstream 127.0.0.1:5432",
            "  chaos-proxy ctl add web --listen :8080 --upstream http://127.0.0.1:9000 latency=100",
            "",
            "KEY=VALUE are the words of the configuration file; a key that is given more than",
            "once is a list. A rule with ttl removes itself. A proxy is http if its upstream",
            "is a URL."
        })
final class AddCommand implements Action {
    private final Ctl ctl;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "PROXY", description = "Its name.")
    private String proxy = "";

    @Parameters(
            index = "1..*",
            paramLabel = "RULE|KEY=VALUE",
            description = "The name of the rule, unless a proxy is added; then fields.")
    private List<String> words = new ArrayList<>();

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where clients of the new proxy connect; port 0 for a free one.")
    private @Nullable String listen;

    @Option(names = "--upstream", paramLabel = "ADDRESS", description = "Where it connects to: host:port, or a URL.")
    private @Nullable String upstream;

    @Option(names = "--protocol", paramLabel = "http|tcp", description = "What it speaks, if the upstream doesn't say.")
    private @Nullable String protocol;

    AddCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        boolean named = !words.isEmpty() && !Pairs.isPair(words.getFirst());
        if (listen != null && upstream != null && !named) {
            addProxy(listen, upstream);
        } else if (listen == null && upstream == null && protocol == null && named) {
            addRule(words.getFirst(), words.subList(1, words.size()));
        } else {
            throw new ParameterException(
                    spec.commandLine(), "Either name the RULE, or give --listen and --upstream of a new proxy");
        }
    }

    private void addProxy(String from, String to) throws IOException {
        Server server = ctl.server();
        if (Known.of(server).has(proxy)) {
            throw new IOException("there is a proxy " + proxy + " already");
        }
        List<String> fields = new ArrayList<>(words);
        fields.add("listen=" + from);
        fields.add("upstream=" + to);
        fields.add("protocol=" + (protocol != null ? protocol : to.contains("://") ? "http" : "tcp"));
        Answer answer = server.put(Pairs.json(fields), "proxies", proxy);
        ctl.say(answer, proxy + " listens on " + ListCommand.address(answer.json()));
    }

    private void addRule(String rule, List<String> fields) throws IOException {
        Server server = ctl.server();
        Known.of(server).proxy(proxy);
        Answer answer = server.put(Pairs.json(fields), "proxies", proxy, "rules", rule);
        ctl.say(answer, (answer.status() == 201 ? "added " : "replaced ") + rule + " on " + proxy);
    }
}
