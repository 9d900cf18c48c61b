package io.chaosproxy.cookbook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.chaosproxy.ChaosServer;
import io.chaosproxy.Main;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.ctl.CtlRig;
import io.chaosproxy.kit.ClientProgram;
import io.chaosproxy.kit.FreePort;
import io.chaosproxy.kit.Jvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Configurations, commands and scripts on the pages of the cookbook, run as they stand there but on free ports. */
final class RecipesTest {
    private static final Pattern LISTEN = Pattern.compile("(listen = \"[^\"]*):\\d+\"");
    private static final Pattern WORD = Pattern.compile("'[^']*'|\\S+");
    private static final String CTL = "chaos-proxy ctl ";

    @TempDir
    private Path folder;

    private HttpServer origin;

    @BeforeEach
    void serve() throws IOException {
        origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        origin.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        origin.start();
    }

    @AfterEach
    void stop() {
        origin.stop(0);
    }

    /** Sections with commands; their configuration is their own, or that at the beginning of the page. */
    static Stream<Page.Section[]> sections() throws IOException {
        return Page.recipes().stream()
                .flatMap(page -> page.sections().stream()
                        .filter(each -> !commands(each).isEmpty()
                                || !each.blocks("hocon").isEmpty())
                        .map(each -> new Page.Section[] {
                            each,
                            each.blocks("hocon").isEmpty() ? page.sections().getFirst() : each
                        }));
    }

    @ParameterizedTest
    @MethodSource("sections")
    void configurationsStartAndCommandsWork(Page.Section recipe, Page.Section configured) throws IOException {
        String proxies = LISTEN.matcher(configured.block("hocon")).replaceAll("$1:0\"");
        String text = proxies + "\nchaos-proxy.control.listen = \"127.0.0.1:0\"\n";
        try (ChaosServer server = ChaosServer.start(ChaosConfig.parse(text))) {
            InetSocketAddress control = server.controlAddress().orElseThrow();
            Map<String, String> variables = Map.of("CHAOS_PROXY_URL", "http://127.0.0.1:" + control.getPort());
            for (String command : commands(recipe)) {
                CtlRig.Ended ended = CtlRig.run(Optional.empty(), variables, words(command));
                assertEquals(0, ended.code(), () -> command + "\n" + ended.err());
            }
        }
    }

    private static List<String> commands(Page.Section section) {
        return section.blocks("sh").stream()
                .filter(block -> !block.startsWith("#!"))
                .flatMap(String::lines)
                .peek(line -> assertTrue(line.startsWith(CTL), line))
                .toList();
    }

    private static String[] words(String command) {
        return WORD.matcher(command.substring(CTL.length()))
                .results()
                .map(found -> found.group().replace("'", ""))
                .toArray(String[]::new);
    }

    @Test
    void theScriptStartsWaitsRunsAndCollects() throws Exception {
        install(script().block("hocon"));
        int proxy = FreePort.any();
        ClientProgram run =
                script(FreePort.any(), proxy, "sh", "-c", curl(proxy, "/payments/1") + curl(proxy, "/") + "exit 3");
        assertEquals(new ClientProgram(3, "503 200 "), run);
        assertTrue(report("log.txt").contains("seed"), () -> report("log.txt"));
        assertTrue(report("journal.json").contains("\"busy\""), () -> report("journal.json"));
        assertTrue(report("metrics.txt").contains("# TYPE chaos_"), () -> report("metrics.txt"));
        assertFalse(ProcessHandle.allProcesses().anyMatch(this::isOurs));
    }

    @Test
    void theScriptEndsWithWhatTheProxySaysIfThatDoesNotStart() throws Exception {
        install(script().block("hocon").replace("respond", "repsond"));
        ClientProgram run = script(FreePort.any(), FreePort.any(), "echo", "never");
        assertEquals(1, run.exit(), run::output);
        assertTrue(run.output().contains("repsond"), run::output);
        assertFalse(run.output().contains("never"), run::output);
    }

    private static Page.Section script() throws IOException {
        return Page.read(Page.FOLDER.resolve("ci.md")).section("A script");
    }

    private static String curl(int port, String path) {
        return "curl -so /dev/null -w '%{http_code} ' http://127.0.0.1:" + port + path + "; ";
    }

    /** The script, its configuration, and a chaos-proxy on the path that listens where the test says. */
    private void install(String configuration) throws IOException {
        Files.writeString(folder.resolve("chaos-ci.sh"), script().blocks("sh").getFirst() + "\n");
        Files.writeString(
                folder.resolve("chaos.conf"),
                configuration.replace(":9000", ":" + origin.getAddress().getPort()));
        List<String> java = new ArrayList<>(Jvm.withClassPath(List.of()));
        java.add(Main.class.getName());
        Path program = folder.resolve("bin/chaos-proxy");
        Files.createDirectories(program.getParent());
        Files.writeString(program, """
            #!/bin/sh
            exec '%s' "$@" -D control.listen=127.0.0.1:$CONTROL -D proxies.payments.listen=127.0.0.1:$PAYMENTS
            """.formatted(String.join("' '", java)), UTF_8);
        assertTrue(program.toFile().setExecutable(true));
    }

    private ClientProgram script(int control, int payments, String... command) throws Exception {
        List<String> words = new ArrayList<>(List.of("sh", "chaos-ci.sh"));
        words.addAll(List.of(command));
        return ClientProgram.run(
                folder,
                Map.of(
                        "PATH",
                        folder.resolve("bin") + ":" + System.getenv("PATH"),
                        "CONTROL",
                        Integer.toString(control),
                        "PAYMENTS",
                        Integer.toString(payments),
                        "CHAOS_PROXY_URL",
                        "http://127.0.0.1:" + control),
                words.toArray(String[]::new));
    }

    private boolean isOurs(ProcessHandle process) {
        return process.info().arguments().map(List::of).orElse(List.of()).contains("chaos.conf")
                && process.info().commandLine().orElse("").contains(folder.toString());
    }

    private String report(String name) {
        try {
            return Files.readString(folder.resolve("chaos-report").resolve(name));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
