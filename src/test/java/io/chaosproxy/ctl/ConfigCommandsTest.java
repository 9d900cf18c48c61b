package io.chaosproxy.ctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.ctl.CtlRig.Ended;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The configuration printed and applied, events as they happen, and the formats of the output. */
final class ConfigCommandsTest {
    private static final String REQUEST = "GET /api/x HTTP/1.1\r\nHost: shop\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    @TempDir
    private Path folder;

    private Origin origin;
    private CtlRig rig;

    @BeforeEach
    void run() throws IOException {
        origin = Origin.answering(RESPONSE);
        rig = new CtlRig(folder, shop("late { type = latency, delay = 3ms }") + "db" + db());
    }

    @AfterEach
    void end() throws IOException {
        rig.close();
        origin.close();
    }

    private String shop(String faults) {
        return "shop { protocol = http, listen = \"127.0.0.1:0\", upstream = \"http://%s\", faults { %s } }\n"
                .formatted(origin.address(), faults);
    }

    private static String db() {
        return " { protocol = tcp, listen = \"127.0.0.1:0\", upstream = \"127.0.0.1:9\" }\n";
    }

    private String file(String proxies) throws IOException {
        return Files.writeString(folder.resolve("next.conf"), "chaos-proxy { proxies {\n" + proxies + "\n} }\n")
                .toString();
    }

    @Test
    void configPrintsWhatAFileSays() {
        Ended hocon = rig.ctl("config");
        assertEquals(0, hocon.code(), hocon.err());
        assertEquals(
                Set.of("shop", "db"),
                ConfigReader.read(ConfigFactory.parseString(hocon.out())).proxies().stream()
                        .map(proxy -> proxy.name())
                        .collect(Collectors.toSet()));
        JsonNode json =
                JsonMapper.shared().readTree(rig.ctl("config", "-o", "json").out());
        assertEquals(
                "3ms", json.at("/chaos-proxy/proxies/shop/faults/late/delay").asString());
        assertEquals(
                json, new YAMLMapper().readTree(rig.ctl("config", "-o", "yaml").out()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"list", "inspect shop", "journal", "connections", "profile", "config"})
    void yamlSaysWhatJsonSays(String command) throws IOException {
        served().close();
        String[] words = command.split(" ");
        JsonNode json =
                JsonMapper.shared().readTree(rig.ctl(with(words, "-o", "json")).out());
        JsonNode yaml =
                new YAMLMapper().readTree(rig.ctl(with(words, "-o", "yaml")).out());
        assertEquals(json, yaml);
        assertTrue(yaml.isObject() && !yaml.isEmpty());
    }

    private static String[] with(String[] words, String... more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void tablesFitTheTerminalUnlessTheyAreWide() {
        rig.ctl("add", "shop", "a-rule-with-a-long-name", "type=latency", "delay=1s");
        rig.ctl("add", "shop", "another-rule-with-a-long-name", "type=latency", "delay=1s");
        Terminal small = new Terminal(80, 24);
        Map<String, String> variables = Map.of("CHAOS_PROXY_URL", rig.url());
        for (String command : List.of("list", "profile", "faults latency", "journal", "inspect shop")) {
            Ended ended = CtlRig.run(Optional.of(small), variables, command.split(" "));
            assertTrue(ended.lines().stream().allMatch(line -> line.length() <= 80), ended.out());
        }
        String wide =
                CtlRig.run(Optional.of(small), variables, "list", "-o", "wide").out();
        assertTrue(wide.contains("late, a-rule-with-a-long-name, another-rule-with-a-long-name\n"), wide);
        assertEquals(wide, rig.ctl("list", "-o", "table").out()); // no terminal, no limit
        Ended wrong = rig.ctl("list", "-o", "xml");
        assertEquals(2, wrong.code());
        assertTrue(wrong.err().contains("table, wide, json, yaml"), wrong.err());
    }

    @Test
    void aDryRunShowsTheDifferenceAndChangesNothing() throws IOException {
        String next = file(shop("late { type = latency, delay = 9ms }") + "new" + db());
        Ended ended = rig.ctl("apply", "-f", next, "--dry-run", "--prune");
        assertEquals(0, ended.code(), ended.err());
        assertTrue(ended.out().startsWith("db would be removed\n- "), ended.out());
        assertTrue(ended.out().contains("\nnew would be added\n+ "), ended.out());
        assertTrue(ended.out().contains("\nshop would be changed\n"), ended.out());
        assertTrue(ended.out().matches("(?s).*\n- +delay = 3ms\n\\+ +delay = 9ms\n.*"), ended.out());
        assertEquals(
                "{\"added\":[\"new\"],\"changed\":[\"db\",\"new\",\"shop\"],\"removed\":[\"db\"]}\n",
                rig.ctl("apply", "-f", next, "--dry-run", "--prune", "-o", "json")
                        .out());
        assertTrue(rig.has("db") && !rig.has("new"));
        assertEquals("delay=3ms", rig.ctl("inspect", "shop").rows().getFirst().get(3));
    }

    @Test
    void applyMakesTheProxiesOfAFileAndKeepsOthers() throws IOException {
        rig.ctl("add", "shop", "typed", "type=latency", "delay=1s");
        int port = rig.proxy("shop").address().getPort();
        String next = file(shop("late { type = latency, delay = 9ms }") + "new" + db());
        assertEquals(new Ended(0, "new added\nshop changed\n", ""), rig.ctl("apply", "-f", next));
        assertTrue(rig.has("db") && rig.has("new"));
        assertEquals(
                List.of(List.of("late", "latency", "0", "delay=9ms")),
                rig.ctl("inspect", "shop").rows());
        assertEquals(port, rig.proxy("shop").address().getPort());

        assertEquals(
                new Ended(0, "db removed\nnew unchanged\nshop unchanged\n", ""),
                rig.ctl("apply", "-f", next, "--prune"));
        assertFalse(rig.has("db"));
        assertEquals(new Ended(0, "nothing would change\n", ""), rig.ctl("apply", "-f", next, "--dry-run"));
        assertEquals(
                "{\"added\":[],\"changed\":[],\"removed\":[]}\n",
                rig.ctl("apply", "-f", next, "--json").out());
    }

    @Test
    void applyReadsStandardInput() throws IOException {
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream(
                    "chaos-proxy.proxies.new { protocol = tcp, listen = \"127.0.0.1:0\", upstream = \"127.0.0.1:9\" }"
                            .getBytes(UTF_8)));
            assertEquals(new Ended(0, "new added\n", ""), rig.ctl("apply", "-f", "-"));
            System.setIn(new ByteArrayInputStream("chaos-proxy.proxies.new {\n  upstrem = 1 }".getBytes(UTF_8)));
            Ended wrong = rig.ctl("apply", "-f", "-");
            assertTrue(wrong.err().contains("standard input:2"), wrong.err());
            assertTrue(rig.has("new"));
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void applyingAFileTwiceChangesNothing() throws IOException {
        String next = file(shop("late { type = latency, delay = 1000ms, ttl = 3600s }"));
        assertEquals(new Ended(0, "shop changed\n", ""), rig.ctl("apply", "-f", next));
        assertEquals(
                List.of(List.of("late", "latency", "0", "delay=1000ms ttl=3600s")),
                rig.ctl("inspect", "shop").rows());
        assertEquals(new Ended(0, "nothing would change\n", ""), rig.ctl("apply", "-f", next, "--dry-run"));
        String otherUnits = file(shop("late { type = latency, delay = 1s, ttl = 1h }"));
        assertEquals(new Ended(0, "nothing would change\n", ""), rig.ctl("apply", "-f", otherUnits, "--dry-run"));
    }

    @Test
    void aBadFileChangesNothing() throws IOException {
        String wrong = file(shop("late { type = latency, delay = 9 }") + "db { protocol = tcp }");
        Ended mistakes = rig.ctl("apply", "-f", wrong);
        assertTrue(mistakes.code() != 0 && mistakes.out().isEmpty(), mistakes.out());
        assertEquals("delay=3ms", rig.ctl("inspect", "shop").rows().getFirst().get(3));

        try (Origin taken = Origin.manual()) { // an address that is in use
            String next = file(shop("late { type = latency, delay = 9ms }")
                    + db().replace("127.0.0.1:0", taken.address()).replaceFirst("^", "new"));
            Ended conflict = rig.ctl("apply", "-f", next);
            assertEquals(1, conflict.code());
            assertTrue(conflict.err().contains(taken.address()), conflict.err());
        }
        assertFalse(rig.has("new"));
        assertEquals("delay=3ms", rig.ctl("inspect", "shop").rows().getFirst().get(3));
    }

    private Peer served() throws IOException {
        Peer client = Peer.connect(rig.proxy("shop").address()).send(REQUEST);
        for (int i = 0; i < RESPONSE.length(); i++) {
            assertEquals(RESPONSE.charAt(i), client.read());
        }
        return client;
    }

    @Test
    void eventsShowHitsAndGoOnIfAsked() throws Exception {
        served().close();
        List<String> last = rig.ctl("events").rows().getFirst();
        assertEquals(List.of("hit", "shop"), last.subList(1, 3));
        assertTrue(
                last.get(3).matches("late \\(latency\\) hits #1\\.1 GET /api/x.* from 127\\.0\\.0\\.1.*"),
                last::toString);

        CountDownLatch end = new CountDownLatch(1);
        StringWriter out = new StringWriter();
        Thread following = follow(out, end, "events", "-f");
        await(() -> out.toString().contains("late (latency) hits #1.1"));
        served().close();
        await(() -> out.toString().contains("late (latency) hits #2.1"));
        rig.ctl("add", "shop", "more", "type=latency", "delay=1ms");
        await(() -> out.toString().matches("(?s).*\tplan\tshop\tversion \\d+.*"));
        await(() -> out.toString().contains("\tconnection\tshop\t#2 closed from 127.0.0.1"));
        end.countDown();
        following.join();
        assertEquals(1, out.toString().split("hits #1\\.1", -1).length - 1, out::toString);
    }

    @Test
    void eventsAsJsonAreOneALine() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        StringWriter out = new StringWriter();
        Thread following = follow(out, end, "events", "-f", "--types", "proxy", "--json");
        await(() -> {
            rig.ctl("add", "more", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9");
            rig.ctl("remove", "more");
            return out.toString().contains("added"); // the stream may begin between the two
        });
        end.countDown();
        following.join();
        List<String> lines = out.toString().lines().toList();
        assertTrue(
                lines.stream()
                        .anyMatch(line -> line.matches("\\{\"event\":\"proxy\",\"data\":\\{\"at\":\"20[^\"]*Z\","
                                + "\"proxy\":\"more\",\"what\":\"added\"}}")),
                lines::toString);
    }

    @Test
    void aServerThatEndsEndsTheEvents() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        StringWriter out = new StringWriter();
        served().close();
        Thread following = follow(out, never, "events", "-f");
        await(() -> out.toString().contains("hits #1.1"));
        rig.close();
        following.join();
        assertTrue(out.toString().contains(" has ended the stream"), out::toString);
    }

    private Thread follow(StringWriter out, CountDownLatch end, String... words) {
        PrintWriter both = new PrintWriter(out, true);
        Console console = new Console(
                both,
                Optional::empty,
                time -> end.await(time.toNanos(), TimeUnit.NANOSECONDS),
                Map.of("CHAOS_PROXY_URL", rig.url()));
        return Thread.ofVirtual()
                .start(() -> Ctl.commandLine(console, Duration.ofSeconds(60))
                        .setErr(both)
                        .setExecutionExceptionHandler((failure, failed, parsed) -> {
                            both.println(failure.getMessage());
                            return 1;
                        })
                        .execute(words));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long begun = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - begun < TimeUnit.MINUTES.toNanos(2), "not within two minutes");
            Thread.sleep(20);
        }
    }
}
