package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.control.ControlPlane;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.server.RunningServer;
import io.chaosproxy.terminal.Terminal;
import io.chaosproxy.text.PlainText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine;

/** A chaos-proxy that runs from a file, its control port, and the commands that speak to it. */
public final class CtlRig implements AutoCloseable {
    private final RunningServer server;
    private final ConfigWatcher reloader;
    private final ControlPlane plane;

    /** What a command left behind. */
    public record Ended(int code, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }

        /** The cells of each line. */
        List<List<String>> rows() {
            return out.lines().map(line -> List.of(line.split("\t", -1))).toList();
        }
    }

    /** Runs these proxies, which stand in a file of this folder. */
    CtlRig(Path folder, String proxies) throws IOException {
        this(folder, proxies, Optional.empty(), Optional.empty());
    }

    CtlRig(Path folder, String proxies, Optional<String> token, Optional<KeyFiles> tls) throws IOException {
        Path file = write(folder, proxies);
        Config text = ConfigReader.load(file, Map.of());
        ChaosConfig config = ConfigReader.read(text);
        server = RunningServer.start(config);
        reloader = ConfigWatcher.watch(server.registry(), file, Map.of(), text, config);
        ControlSettings settings = new ControlSettings(
                new Address("127.0.0.1", 0), token, false, tls, Optional.empty(), Optional.empty(), false);
        plane = ControlPlane.start(settings, server.registry(), Optional.of(reloader));
    }

    static Path write(Path folder, String proxies) throws IOException {
        return Files.writeString(
                folder.resolve("test.conf"), "chaos-proxy { seed = 7, proxies {\n" + proxies + "\n} }\n");
    }

    ProxyServer proxy(String name) {
        return server.registry().find(name).orElseThrow();
    }

    boolean has(String name) {
        return server.registry().find(name).isPresent();
    }

    int port() {
        return plane.address().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    /** Runs a command whose output is a pipe. */
    Ended ctl(String... arguments) {
        return run(Optional.empty(), Map.of("CHAOS_PROXY_URL", url()), arguments);
    }

    /** Runs a command whose output is a terminal. */
    Ended onTerminal(String... arguments) {
        return onTerminal(100, arguments);
    }

    /** Runs a command whose output is a terminal of this width. */
    Ended onTerminal(int columns, String... arguments) {
        return run(Optional.of(new Terminal(columns, 12)), Map.of("CHAOS_PROXY_URL", url()), arguments);
    }

    /** Runs a command on its own; one that stays is told to end after it has looked twice. */
    public static Ended run(Optional<Terminal> terminal, Map<String, String> variables, String... arguments) {
        return run(Duration.ofSeconds(60), terminal, variables, arguments);
    }

    /** The same with this much time for a server to answer. */
    static Ended run(
            Duration timeout, Optional<Terminal> terminal, Map<String, String> variables, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        PrintWriter errors = new PrintWriter(err, true);
        AtomicInteger looks = new AtomicInteger();
        Console console = new Console(
                new PrintWriter(out, true), () -> terminal, time -> looks.incrementAndGet() == 2, variables);
        List<String> words = new ArrayList<>(List.of(arguments));
        int code = Ctl.commandLine(console, timeout)
                .setErr(errors)
                .setParameterExceptionHandler((wrong, given) -> {
                    errors.println(PlainText.withoutUsers(String.valueOf(wrong.getMessage()))); // as the program does
                    return CommandLine.ExitCode.USAGE;
                })
                .setExecutionExceptionHandler((failure, failed, parsed) -> {
                    if (!(failure instanceof IOException)) { // as the program does
                        throw failure;
                    }
                    errors.println(PlainText.withoutUsers(String.valueOf(failure.getMessage()))); // as the program does
                    return CommandLine.ExitCode.SOFTWARE;
                })
                .execute(words.toArray(String[]::new));
        String newLine = System.lineSeparator();
        return new Ended(
                code, out.toString().replace(newLine, "\n"), err.toString().replace(newLine, "\n"));
    }

    @Override
    public void close() {
        plane.close();
        reloader.close();
        server.close();
    }
}
