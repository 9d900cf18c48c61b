package io.chaosproxy.cli;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.relay.UnusableSettingsException;
import io.chaosproxy.terminal.Shell;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** {@code http}, {@code tcp}, {@code auto} and {@code forward}: one proxy, without a file. */
final class ProxyCommand implements Callable<Integer> {
    private static final String[] HTTP_EXAMPLES = {
        "",
        "Examples:",
        "  chaos-proxy http --listen 127.0.0.1:8080 --upstream http://127.0.0.1:9000 \\",
        "      --latency 100 --speed 64KiB --seed 7",
        "  chaos-proxy http --listen :8080 --upstream http://shop:80 --rewrite-host \\",
        "      --jitter-prob 0.1 --jitter-min 200 --jitter-max 2s \\",
        "      --reset-enable --reset-prob 0.02",
        "  chaos-proxy http --listen :8443 --upstream https://shop.example.com \\",
        "      --tls-self-signed --tls-self-signed-file ca.pem --latency 100"
    };
    private static final String[] TCP_EXAMPLES = {
        "",
        "Examples:",
        "  chaos-proxy tcp --listen 127.0.0.1:15432 --upstream 127.0.0.1:5432 \\",
        "      --latency-min 5 --latency-max 50 --latency-scope stream --seed 7",
        "  chaos-proxy tcp --listen :16379 --upstream redis:6379 \\",
        "      --reset-enable --reset-prob 0.02 --reset-at body",
        "  chaos-proxy tcp --listen :16380 --upstream tls://redis:6380 \\",
        "      --tls-certificate redis.pem --tls-key redis.key --upstream-trust ca.pem"
    };

    private static final String[] AUTO_EXAMPLES = {
        "",
        "Examples:",
        "  chaos-proxy auto --listen 127.0.0.1:8080 --upstream 127.0.0.1:9000 \\",
        "      --latency 100 --seed 7"
    };

    private static final String[] FORWARD_EXAMPLES = {
        "",
        "Examples:",
        "  chaos-proxy forward --listen 127.0.0.1:3128 --latency 100 --seed 7",
        "  curl -x http://127.0.0.1:3128 https://example.com/",
        "  curl --socks5-hostname 127.0.0.1:3128 https://example.com/",
        "  chaos-proxy forward --listen :3128 --credentials-file users \\",
        "      --allow '*.example.com:443' --reset-enable --reset-prob 0.02",
        "  chaos-proxy forward --listen 127.0.0.1:3128 \\",
        "      --intercept-ca chaos-proxy-ca.pem --intercept-key chaos-proxy-ca.key \\",
        "      --intercept-except bank.example.com --latency 100"
    };

    private final Environment environment;
    private final Overrides overrides = new Overrides();
    private final CommandSpec spec;
    private final ProxyOptions options;

    ProxyCommand(Protocol protocol, Environment environment) {
        this.environment = environment;
        spec = CommandSpec.wrapWithoutInspection(this);
        options = new ProxyOptions(protocol, spec);
        overrides.addTo(spec);
        spec.usageMessage()
                .customSynopsis("chaos-proxy " + name() + " --listen=HOST:PORT "
                        + (protocol == Protocol.FORWARD ? "" : "--upstream=ADDRESS ") + "[OPTIONS]")
                .sortOptions(false)
                .description(
                        switch (protocol) {
                            case HTTP -> "Runs one proxy that knows where HTTP exchanges begin and end.";
                            case TCP -> "Runs one proxy for any protocol over TCP.";
                            case AUTO -> "Runs one proxy that detects HTTP on each connection, else relays bytes.";
                            case FORWARD -> "Runs one forward proxy: clients name their targets, by HTTP or SOCKS 5.";
                        })
                .footer(
                        switch (protocol) {
                            case HTTP -> HTTP_EXAMPLES;
                            case TCP -> TCP_EXAMPLES;
                            case AUTO -> AUTO_EXAMPLES;
                            case FORWARD -> FORWARD_EXAMPLES;
                        });
    }

    String name() {
        return options.word();
    }

    CommandSpec spec() {
        return spec;
    }

    /** Error message with the corrected command line. */
    private String otherCommand(Upstream.Remedy remedy) {
        String why = switch (options.protocol()) {
            case HTTP -> "an http proxy connects to http://host:port or https://host:port";
            case TCP -> "a tcp proxy connects to host:port or tls://host:port";
            case AUTO -> "an auto proxy connects to host:port or tls://host:port";
            case FORWARD -> "a forward proxy connects to where its clients want";
        };
        List<String> words = new ArrayList<>(List.of("chaos-proxy"));
        for (String word : spec.root().commandLine().getParseResult().originalArgs()) {
            words.add(word.replaceFirst("(token=).*", "$1...")); // this may end up in a log
        }
        words.set(words.indexOf(name()), remedy.protocol().name().toLowerCase(Locale.ROOT));
        String typed = options.upstream().orElseThrow();
        words.replaceAll(word -> word.equals(typed) || word.equals("--upstream=" + typed)
                ? word.replace(typed, remedy.upstream())
                : word);
        return "--upstream: " + why + ", not to " + typed + "; use: " + Shell.line(words);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ChaosConfig config = config();
        try {
            return RunSession.run(config, environment, overrides.controlOf(config));
        } catch (UnusableSettingsException e) {
            throw Program.located(e, options::atOption);
        }
    }

    /** Configuration that the options describe. */
    ChaosConfig config() {
        options.upstream()
                .flatMap(typed -> Upstream.remedy(options.protocol(), typed))
                .ifPresent(remedy -> {
                    throw new ParameterException(spec.commandLine(), otherCommand(remedy));
                });
        options.conflict().ifPresent(conflict -> {
            throw new ParameterException(spec.commandLine(), conflict);
        });
        try {
            return overrides.over(options.typed());
        } catch (InvalidConfigException e) {
            throw new InvalidConfigException(
                    e.errors().stream().map(options::atOption).toList());
        }
    }
}
