package io.chaosproxy.bench.variant;

import io.chaosproxy.fault.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** chaos-proxy as it is installed: its launcher, its JVM options, its libraries, on the Java that runs the benchmark. */
public final class Ours implements Variant {
    private static final Path LAUNCHER = Path.of("target", "chaos-proxy", "bin", "chaos-proxy");
    private static final Path SOURCES = Path.of("src", "main", "java", "io", "chaosproxy");

    private final Protocol protocol;
    private final Kind kind;

    /** In which way it takes part. */
    public enum Kind {
        /** As it is. */
        PLAIN("ours"),
        /** From a file without rules. */
        UNARMED("unarmed"),
        /** From the same file with rules that never hit. */
        ARMED("armed"),
        /** The same code, each of its virtual threads bound to a thread of the platform by the JVM. */
        PLATFORM("platform");

        private final String family;

        Kind(String family) {
            this.family = family;
        }
    }

    public Ours(Protocol protocol, Kind kind) {
        this.protocol = protocol;
        this.kind = kind;
    }

    @Override
    public String name() {
        return kind.family + "-" + word();
    }

    private String word() {
        return protocol.name().toLowerCase(Locale.ROOT);
    }

    /** Everything that a relayed byte meets. */
    @Override
    public List<Path> sources() {
        Stream<String> packages = protocol == Protocol.HTTP
                ? Stream.of("flow", "fault", "relay", "http")
                : Stream.of("flow", "fault", "relay");
        return packages.flatMap(name -> files(SOURCES.resolve(name))).toList();
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<String> version() {
        return Commands.output(List.of(LAUNCHER.toString(), "--version"))
                .flatMap(text -> text.lines().findFirst());
    }

    @Override
    public boolean isJava() {
        return true;
    }

    @Override
    public boolean can(Setting setting) {
        return switch (kind) {
            case PLAIN -> true;
            case PLATFORM ->
                !setting.tls() && !setting.limits(); // the limiter is the same, and threads have little to do
            case UNARMED, ARMED -> setting.equals(Setting.PLAIN);
        };
    }

    /** Toxiproxy's, so that both do alike. */
    @Override
    public Optional<String> controlPath() {
        return Optional.of("/proxies");
    }

    @Override
    public Running start(Setting setting, Site site) throws IOException {
        Files.createDirectories(site.folder());
        ProcessBuilder command;
        if (showsRules() || setting.delays() || setting.tls()) {
            Path file = Files.writeString(site.folder().resolve("chaos-proxy.conf"), file(setting, site));
            command = new ProcessBuilder(LAUNCHER.toString(), "run", file.toString(), "--control", control(site));
        } else {
            command = new ProcessBuilder(
                    LAUNCHER.toString(), word(), "--listen", listen(site), "--upstream", upstream(site));
            if (setting.control()) {
                command.command().addAll(List.of("--control", control(site)));
            }
            if (setting.limits()) {
                command.command().addAll(List.of("--speed-down", Long.toString(setting.rate())));
            }
        }
        Map<String, String> environment = command.environment();
        environment.put("JAVA_HOME", Jvm.HOME);
        if (kind == Kind.PLATFORM) {
            environment.put("CHAOS_PROXY_OPTS", "-XX:+UnlockExperimentalVMOptions -XX:-VMContinuations");
        }
        return Running.start(name(), site, command, () -> {});
    }

    @Override
    public boolean showsRules() {
        return kind == Kind.UNARMED || kind == Kind.ARMED;
    }

    private static String listen(Site site) {
        return "127.0.0.1:" + site.port();
    }

    private static String control(Site site) {
        return "127.0.0.1:" + site.control();
    }

    private String upstream(Site site) {
        return (protocol == Protocol.HTTP ? "http://" : "") + "127.0.0.1:" + site.upstream();
    }

    private String file(Setting setting, Site site) throws IOException {
        String tls = setting.tls() ? "tls { certificate = \"" + ServerIdentity.in(site.folder()) + "\" }" : "";
        return """
            chaos-proxy.proxies.bench {
              protocol = %s, listen = "%s", upstream = "%s"
              %s
              faults { %s }
            }
            """.formatted(word(), listen(site), upstream(site), tls, rules(setting));
    }

    private String rules(Setting setting) {
        if (kind == Kind.UNARMED || setting.tls()) {
            return "";
        }
        if (kind == Kind.ARMED) {
            return """
                slow { type = latency, delay = 100ms, probability = 0 }
                cut { type = reset, probability = 0 }
                dirt { type = corrupt, bytes = 1, within = 64KiB, probability = 0 }
                elsewhere { type = latency, delay = 100ms, when { client = "192.0.2.0/24" } }
                """;
        }
        String scope = protocol == Protocol.TCP ? ", scope = stream, direction = down" : "";
        return "slow { type = latency, delay = %dms%s }"
                .formatted(setting.latency().toMillis(), scope);
    }
}
