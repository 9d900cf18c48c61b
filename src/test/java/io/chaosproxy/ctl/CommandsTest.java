package io.chaosproxy.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.ctl.CtlRig.Ended;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.text.PlainText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command against a chaos-proxy that runs. */
final class CommandsTest {
    private static final String REQUEST = "GET /api/x HTTP/1.1\r\nHost: shop\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    private Origin origin;
    private CtlRig rig;
    private Path folder;

    @BeforeEach
    void run(@TempDir Path temporary) throws IOException {
        folder = temporary;
        origin = Origin.answering(RESPONSE);
        rig = new CtlRig(folder, proxies());
    }

    @AfterEach
    void end() throws IOException {
        rig.close();
        origin.close();
    }

    private String proxies() {
        return """
            shop {
              protocol = http, listen = "127.0.0.1:0", upstream = "http://%s", max-connections = 50
              faults {
                late { type = latency, delay = 3ms }
                never { type = reset, probability = 0, when { path = "/api/**", method = [GET, PUT] } }
              }
            }
            my.db { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:9" }
            """.replace("my.db", "\"my.db\"").formatted(origin.address());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "add x --listen :0 --upstream http://me:s3cret@a.b",
                "add x --listen :0 --upstream https://me:s3cret@a.b",
                "add x --listen :0 --upstream me:s3cret@a.b:80",
                "add x --listen me:s3cret@a.b:80 --upstream a.b:80",
                "add shop http://me:s3cret@a.b type=latency",
                "add shop x type=http://me:s3cret@a.b",
                "remove http://me:s3cret@a.b",
                "inspect me:s3cret@a.b:80",
                "journal --proxy http://me:s3cret@a.b",
                "add shop x type=latency http://me:s3cret@a.b=1"
            })
    void aPasswordThatIsTypedIsNotRepeated(String typed) throws IOException {
        Ended ended = rig.ctl(typed.split(" ", -1));
        assertTrue(ended.code() != 0, ended.out());
        assertFalse((ended.out() + ended.err()).contains("cret"), ended.err());
    }

    private Peer client() throws IOException {
        return Peer.connect(rig.proxy("shop").address());
    }

    /** One exchange, on a connection that stays open. */
    private Peer served() throws IOException {
        Peer client = client().send(REQUEST);
        for (int i = 0; i < RESPONSE.length(); i++) {
            assertEquals(RESPONSE.charAt(i), client.read());
        }
        return client;
    }

    private String port(String proxy) {
        return "127.0.0.1:" + rig.proxy(proxy).address().getPort();
    }

    private static Ended done(String line) {
        return new Ended(0, line + "\n", "");
    }

    private static Ended failed(String line) {
        return new Ended(1, "", line + "\n");
    }

    @Test
    void faultsNeedNoServer() {
        Ended ended = CtlRig.run(Optional.empty(), Map.of(), "faults");
        assertEquals(0, ended.code());
        assertEquals(14, ended.rows().size());
        assertEquals(
                List.of(
                        "latency",
                        "the first byte of each response, every byte, or the answer to a TLS ClientHello arrives late"),
                ended.rows().getFirst());
    }

    @Test
    void theFieldsOfAFault() {
        Ended ended = CtlRig.run(Optional.empty(), Map.of(), "faults", "slice");
        assertEquals(
                List.of("size", "", "required", "size", "average size of a piece in bytes; at least 1"),
                ended.rows().getFirst());
        assertEquals(
                List.of("delay", "", "0s", "duration", "pause between two pieces"),
                ended.rows().get(2));
        assertEquals("direction", ended.rows().get(3).getFirst());
        assertEquals("when.for", ended.rows().getLast().getFirst());
    }

    @Test
    void theFormsOfAFault() {
        Ended ended = CtlRig.run(Optional.empty(), Map.of(), "faults", "rate");
        assertEquals(
                List.of("rate fixed", "shared ", "min drawn", "max drawn", "redraw drawn"),
                ended.rows().stream()
                        .limit(5)
                        .map(row -> row.get(0) + " " + row.get(1))
                        .toList());
    }

    @Test
    void anUnknownFaultIsRefusedWithASuggestion() {
        Ended ended = CtlRig.run(Optional.empty(), Map.of(), "faults", "latncy");
        assertEquals(2, ended.code());
        assertEquals(
                Optional.of("there is no type of fault latncy; did you mean latency?"),
                ended.err().lines().findFirst());
    }

    @Test
    void theSchemasOfTheFaults() {
        Config schemas = ConfigFactory.parseString(
                CtlRig.run(Optional.empty(), Map.of(), "faults", "--json").out());
        assertTrue(schemas.hasPath("SlowClose"));
        Config one = ConfigFactory.parseString(CtlRig.run(Optional.empty(), Map.of(), "faults", "slow-close", "--json")
                .out());
        assertEquals(schemas.withOnlyPath("SlowClose"), one);
    }

    @Test
    void listIsATableForPeople() {
        Ended ended = rig.onTerminal("list");

        assertEquals(0, ended.code(), ended.err());
        assertEquals(3, ended.lines().size(), ended.out());
        assertTrue(ended.lines().get(0).matches("proxy  state  protocol  listens on +upstream +rules"), ended.out());
        assertTrue(ended.lines().get(1).matches("my\\.db  on     tcp       127\\.0\\.0\\.1:\\d+ .*"), ended.out());
        assertTrue(ended.lines().get(2).startsWith("shop   on     http      " + port("shop")), ended.out());
        assertTrue(ended.lines().get(2).endsWith("  late, never"), ended.out());
    }

    @Test
    void listHasTabsForPrograms() {
        assertEquals(
                List.of(
                        List.of("my.db", "on", "tcp", port("my.db"), "127.0.0.1:9", ""),
                        List.of("shop", "on", "http", port("shop"), "http://" + origin.address(), "late,never")),
                rig.ctl("list").rows());
    }

    @Test
    void listIsTheAnswerOfTheServerIfAskedFor() {
        for (Ended ended : List.of(rig.ctl("list", "--json"), rig.onTerminal("--json", "list"))) {
            assertEquals(1, ended.lines().size(), ended.out());
            assertEquals(
                    Set.of("my.db", "shop"),
                    ConfigFactory.parseString(ended.out()).getObject("proxies").keySet());
        }
    }

    @Test
    void aForwardProxyIsAddedWithoutUpstream() {
        Ended added = rig.ctl("add", "out", "--listen", "127.0.0.1:0", "--protocol", "forward", "allow=*:443");
        assertEquals(0, added.code(), added.err());
        List<String> row = rig.ctl("list").rows().stream()
                .filter(cells -> cells.getFirst().equals("out"))
                .findFirst()
                .orElseThrow();
        assertEquals(List.of("out", "on", "forward"), row.subList(0, 3));
        assertTrue(
                rig.onTerminal("inspect", "out").out().contains(" -> -\n'allow=*:443'\n"),
                rig.onTerminal("inspect", "out").out());

        Ended refused = rig.ctl("add", "other", "--listen", ":0", "--protocol", "forward");
        assertTrue(refused.err().contains("needs credentials-file, credentials-env or allow"), refused.err());
    }

    @Test
    void listSaysToPeopleThatThereIsNothing() {
        rig.ctl("remove", "shop");
        rig.ctl("remove", "my.db");

        assertEquals(done("no proxies"), rig.onTerminal("list"));
        assertEquals(new Ended(0, "", ""), rig.ctl("list"));
    }

    @Test
    void inspectShowsRulesInTheWordsThatAddTakes() {
        assertEquals(
                new Ended(0, """
                    shop  on  http  %s -> http://%s
                    max-connections=50

                    rule   type     hits  fields
                    late   latency     0  delay=3ms
                    never  reset       0  probability=0 when.method=GET when.method=PUT 'when.path=/api/**'
                    """.formatted(port("shop"), origin.address()), ""), rig.onTerminal("inspect", "shop"));
        assertEquals(
                List.of("late", "latency", "0", "delay=3ms"),
                rig.ctl("inspect", "shop").rows().getFirst());
        assertEquals(
                "late",
                json("inspect", "shop", "--json")
                        .getConfigList("rules")
                        .getFirst()
                        .getString("name"));
    }

    /** Those that completion offers. */
    @Test
    void theTypesOfEventsAreThoseOfTheServer() throws Exception {
        Iterable<String> types = Ctl.commandLine(
                        new Console(new PrintWriter(new StringWriter()), Optional::empty, time -> true, Map.of()))
                .getSubcommands()
                .get("events")
                .getCommandSpec()
                .findOption("--types")
                .completionCandidates();
        URI uri = URI.create(rig.url() + "/api/v1/events?types=none");
        String refusal;
        try (HttpClient client = HttpClient.newHttpClient()) {
            refusal = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
        }
        assertTrue(refusal.contains("must be some of " + String.join(", ", types) + ", not"), refusal);
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 60, 80})
    void inspectFitsTheTerminal(int columns) {
        List<String> lines = rig.onTerminal(columns, "inspect", "shop").lines();

        assertTrue(lines.stream().allMatch(line -> line.length() <= columns), lines::toString);
        assertEquals(
                "shop on http %s -> http://%s max-connections=50".formatted(port("shop"), origin.address()),
                String.join(" ", lines.subList(0, lines.indexOf(""))).replaceAll(" +", " "));
    }

    @ParameterizedTest
    @ValueSource(ints = {60, 80})
    void listShowsWholeAddresses(int columns) {
        String name = "a-proxy-with-a-name-that-needs-more-than-its-share-of-the-terminal";
        rig.ctl("add", name, "--listen", "127.0.0.1:0", "--upstream", "an-upstream-with-a-long-name.example.com:80");
        rig.ctl("add", name, "a-rule-with-a-long-name", "type=latency", "delay=1s");
        List<String> lines = rig.onTerminal(columns, "list").lines();

        assertTrue(lines.stream().allMatch(line -> line.length() <= columns), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.contains(" " + port("shop") + " ")), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.contains(" " + port(name) + " ")), lines::toString);
    }

    private Config json(String... arguments) {
        Ended ended = rig.ctl(arguments);
        assertEquals(0, ended.code(), ended.err());
        return ConfigFactory.parseString(ended.out());
    }

    @Test
    void addPutsARuleInForce() {
        assertEquals(
                done("added slow on shop"),
                rig.ctl(
                        "add",
                        "shop",
                        "slow",
                        "type=latency",
                        "delay=2s",
                        "probability=0.5",
                        "max-hits=3",
                        "when.path=/api/**",
                        "when.method=GET",
                        "when.method=PUT"));

        Rule rule = rig.proxy("shop").plan().rule("slow").orElseThrow();
        assertEquals(Latency.of(Duration.ofSeconds(2)), rule.fault());
        assertEquals(0.5, rule.chance().probability());
        assertEquals(3, rule.chance().maxHits());
        assertEquals(List.of("GET", "PUT"), List.copyOf(rule.when().methods()));
        assertEquals(
                done("replaced slow on shop"), rig.ctl("add", "shop", "slow", "type=latency", "delay=1s", "ttl=1h"));
        assertEquals(
                "1h",
                json("inspect", "shop", "--json")
                        .getConfigList("rules")
                        .getLast()
                        .getString("ttl"));
    }

    @Test
    void replaceChangesARuleOnAllProxiesThatHaveIt() {
        rig.ctl("add", "shop", "link", "type=rate", "rate=1MiB", "shared=all");
        rig.ctl("add", "my.db", "link", "type=rate", "rate=1MiB", "shared=all");

        assertEquals(
                done("replaced link on my.db, shop; rate = 2000 bytes/s"),
                rig.ctl("replace", "link", "type=rate", "rate=2000", "shared=all"));
        Rate link = Rate.of(2000).sharedBy(FaultScope.ALL);
        assertEquals(link, rig.proxy("shop").plan().rule("link").orElseThrow().fault());
        assertEquals(link, rig.proxy("my.db").plan().rule("link").orElseThrow().fault());
        assertEquals(done("replaced late on shop"), rig.ctl("replace", "late", "type=latency", "delay=4ms"));
        assertEquals(
                List.of("shop"),
                json("replace", "late", "type=latency", "delay=5ms", "--json").getStringList("proxies"));
    }

    @Test
    void replaceNamesWhatIsWrong() {
        assertEquals(
                failed("there is no rule lat; did you mean late?"),
                rig.ctl("replace", "lat", "type=latency", "delay=4ms"));
        assertEquals(
                failed("invalid request body: delay: must be a duration such as 200ms, 2s or 1m, not" + " \"soon\""),
                rig.ctl("replace", "late", "type=latency", "delay=soon"));
        assertEquals(2, rig.ctl("replace", "late").code());
    }

    @Test
    void addMakesAProxy() {
        Ended ended = rig.ctl(
                "add", "web", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:9", "latency=5", "drain=0");

        assertEquals(done("web listens on " + port("web") + "; latency = 5 ms"), ended);
        assertEquals("http", json("inspect", "web", "--json").getString("protocol"));
        assertEquals(1, rig.proxy("web").plan().rules().size());
        assertEquals(
                failed("there is a proxy web already"),
                rig.ctl("add", "web", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9"));
    }

    @Test
    void addRefusesHalfAProxyAndHalfARule() {
        for (Ended ended : List.of(
                rig.ctl("add", "web", "--listen", ":0"),
                rig.ctl("add", "shop", "type=latency"),
                rig.ctl("add", "shop", "slow", "--listen", ":0", "--upstream", "a:1"))) {
            assertEquals(2, ended.code());
            assertTrue(
                    ended.err().startsWith("Either name the RULE, or give --listen and --upstream of a new proxy\n"),
                    ended.err());
        }
    }

    @Test
    void addNamesTheFieldThatIsWrong() {
        assertEquals(
                failed("invalid request body: delay: must be a duration such as 200ms, 2s or 1m, not" + " \"soon\""),
                rig.ctl("add", "shop", "slow", "type=latency", "delay=soon"));
        Ended badKey = rig.ctl("add", "shop", "slow", "a..b=1");
        assertEquals(2, badKey.code());
        assertTrue(badKey.err().startsWith("no key of a configuration: a..b\n"), badKey.err());
        assertTrue(rig.ctl("add", "web", "--listen", "127.0.0.1:x", "--upstream", "a:1")
                .err()
                .startsWith("invalid request body: listen: "));
    }

    @Test
    void namesMayHoldAnything() {
        String name = "a b+c%2F/d?ü#ö&x=1";
        rig.ctl("add", name, "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9");

        assertTrue(rig.has(name));
        assertEquals(done("added ü% on " + name), rig.ctl("add", name, "ü%", "type=latency", "delay=1s"));
        assertTrue(rig.proxy(name).plan().rule("ü%").isPresent());
        assertEquals(new Ended(0, "", ""), rig.ctl("connections", name));
        assertEquals(done("removed " + name), rig.ctl("remove", name));
        assertFalse(rig.has(name));
    }

    @Test
    void removeTakesARuleOrAProxy() {
        assertEquals(done("removed late from shop"), rig.ctl("remove", "shop", "late"));
        assertTrue(rig.proxy("shop").plan().rule("late").isEmpty());
        assertEquals(done("{}"), rig.ctl("remove", "shop", "--json"));
        assertFalse(rig.has("shop"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "inspect shpo",
                "add shpo slow type=latency delay=1s",
                "remove shpo",
                "remove shpo late",
                "toggle shpo",
                "clear shpo",
                "sever shpo",
                "connections shpo",
                "connections shpo --close 1",
                "journal --proxy shpo",
                "profile shpo 3g",
                "profile shpo --remove"
            })
    void aMistypedProxyIsToldWithTheOneThatWasMeant(String command) {
        assertEquals(failed("there is no proxy shpo; did you mean shop?"), rig.ctl(command.split(" ", -1)));
    }

    @Test
    void aMistypedRuleIsToldWithTheOneThatWasMeant() {
        assertEquals(failed("there is no rule lat on shop; did you mean late?"), rig.ctl("remove", "shop", "lat"));
        assertEquals(failed("there is no rule xyzzy on shop"), rig.ctl("remove", "shop", "xyzzy"));
        assertEquals(
                failed("no rule of any proxy was ever named lat, only [late, never]"),
                rig.ctl("journal", "--rule", "lat"));
        assertEquals(
                failed("no rule of proxy my.db was ever named late; it had none"),
                rig.ctl("journal", "--proxy", "my.db", "--rule", "late"));
    }

    @Test
    void toggleSwitches() {
        assertEquals(done("shop is off"), rig.ctl("toggle", "shop"));
        assertFalse(rig.proxy("shop").isEnabled());
        assertEquals("off", rig.ctl("list").rows().get(1).get(1));
        assertEquals(done("shop is off"), rig.ctl("toggle", "shop", "--off"));
        assertEquals(done("shop is on"), rig.ctl("toggle", "shop"));
        assertTrue(rig.proxy("shop").isEnabled());
        assertEquals(done("shop is on"), rig.ctl("toggle", "shop", "--on"));
        assertEquals(2, rig.ctl("toggle", "shop", "--on", "--off").code());
    }

    @Test
    void clearTakesRulesAway() {
        rig.ctl("add", "my.db", "slow", "type=latency", "delay=1s");

        assertEquals(done("removed 2 rules from shop"), rig.ctl("clear", "shop"));
        assertTrue(rig.proxy("shop").plan().rules().isEmpty());
        assertEquals(done("removed 1 rule"), rig.ctl("clear"));
        assertTrue(rig.proxy("my.db").plan().rules().isEmpty());
    }

    @Test
    void severResetsWhatIsOpen() throws IOException {
        try (Peer client = served()) {
            assertEquals(done("severed 1 connection of shop"), rig.ctl("sever", "shop"));
            assertThrows(SocketException.class, client::read);
        }
    }

    @Test
    void connectionsAreListedAndEnded() throws IOException {
        try (Peer one = served();
                Peer two = served()) {
            List<List<String>> rows = rig.ctl("connections", "shop").rows();
            assertEquals(2, rows.size());
            assertEquals(
                    List.of("shop", "1", "127.0.0.1:" + one.socket().getLocalPort()),
                    rows.get(0).subList(0, 3));
            assertEquals(REQUEST.length() + "", rows.get(0).get(4));
            assertEquals(RESPONSE.length() + "", rows.get(0).get(5));
            assertEquals("1", rows.get(0).get(7));
            assertTrue(
                    rig.onTerminal("connections").out().contains(" " + REQUEST.length() + " B "),
                    rig.onTerminal("connections").out());
            assertEquals(2, json("connections", "--json").getList("connections").size());

            assertEquals(done("reset connection 1 of shop"), rig.ctl("connections", "shop", "--reset", "1"));
            assertThrows(SocketException.class, one::read);
            assertEquals(done("closed connection 2 of shop"), rig.ctl("connections", "shop", "--close", "2"));
            assertEquals(-1, two.read());
            assertEquals(failed("there is no open connection named 9"), rig.ctl("connections", "shop", "--reset", "9"));
            assertEquals(2, rig.ctl("connections", "--reset", "9").code());
        }
    }

    @Test
    void journalTellsWhatWasDone() throws IOException {
        try (Peer client = served()) {
            served().close();

            List<List<String>> rows = rig.ctl("journal").rows();
            assertEquals(2, rows.size());
            assertEquals(
                    List.of(
                            "shop",
                            "1",
                            "1",
                            "127.0.0.1",
                            "GET /api/x",
                            "late",
                            "latency",
                            "delay",
                            "3000000",
                            "nanos"),
                    rows.get(0).subList(1, 11));
            assertEquals(1, rig.ctl("journal", "--last", "1").rows().size());
            assertEquals(
                    "2", rig.ctl("journal", "--last", "1").rows().getFirst().get(2));
            assertEquals("", rig.ctl("journal", "--proxy", "my.db").out());
            assertEquals("", rig.ctl("journal", "--rule", "never").out());
            List<String> table = rig.onTerminal("journal", "--proxy", "shop", "--rule", "late")
                    .lines();
            assertTrue(table.get(0).startsWith("time          proxy  exchange  client "), table.get(0));
            assertTrue(
                    table.get(1)
                            .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  shop   #1\\.1 .* late  latency  delay 3\\.000 ms"),
                    table.get(1));
            assertEquals(7, json("journal", "--json").getLong("seed"));
            assertTrue(client.socket().isConnected());
        }
        assertEquals(
                failed("invalid query: last: must be a whole number from 0 to 999999999, not \"-1\""),
                rig.ctl("journal", "--last", "-1"));
        assertEquals(2, rig.ctl("journal", "--last", "few").code());
    }

    /** Bytes of the path and values of fields come from strangers; a terminal obeys C1 controls as it does ESC. */
    @Test
    void nothingInARequestOrARuleIsAnOrderToTheTerminal() throws Exception {
        String hostile = "\u001b[31m\u009b2J\u0085\u202e";
        try (LogLines log = LogLines.of("loud")) {
            rig.ctl("add", "loud", "--listen", "127.0.0.1:0", "--upstream", "http://" + origin.address(), "log=hits");
            rig.proxy("loud")
                    .change(plan -> plan.with(Rule.of("say", Headers.ofRequest("X", "a\u001b[31m")))
                            .with(Rule.of("only", Latency.of(Duration.ofMillis(1)))
                                    .when(Match.ANY.host("*" + hostile)))
                            .with(Rule.of("down", Respond.of(503, hostile)).when(Match.path("/x" + hostile))));
            for (String path : List.of("/\u009b31m\u0085", "/\u00e2\u0080\u00ae")) { // CSI and NEL; the bytes of U+202E
                try (Peer client = Peer.connect(rig.proxy("loud").address())) {
                    client.send("GET " + path + " HTTP/1.1\r\nHost: shop\r\nUser-Agent: \u009b\r\n\r\n");
                    client.readResponse();
                }
            }
            try (Peer client = Peer.connect(rig.proxy("loud").address())) {
                client.send("GET /\u001b[31m HTTP/1.1\r\nHost: shop\r\n\r\n");
                client.readResponse();
            }
            log.await("say", "\\x9B31m\\x85");
            log.lines().forEach(CommandsTest::assertPlain);
        }
        String[][] commands = {
            {"list"},
            {"inspect", "loud"},
            {"connections"},
            {"journal"},
            {"watch"},
            {"profile", "loud", "3g"},
            {"add", "loud", "x" + hostile, "type=latency", "delay=1"},
            {"add", "loud", "x", "type=" + hostile},
            {"add", "loud", "x", "type=respond", "status=503", "body=" + hostile},
            {"remove", "loud", "x"},
            {"clear", "loud"}
        };
        for (String[] command : commands) {
            for (String[] way : new String[][] {command, with(command, "--json")}) {
                Ended piped = rig.ctl(way);
                assertPlain(piped.out());
                assertPlain(piped.err());
                assertPlain(rig.onTerminal(way).out().replaceAll("\u001b\\[[?0-9;]*[a-zA-Z]", ""));
            }
        }
        String journal = rig.ctl("journal", "--json").out();
        assertTrue(journal.contains("\\u009B31m\\u0085"), journal);
    }

    private static String[] with(String[] command, String more) {
        return Stream.concat(Stream.of(command), Stream.of(more)).toArray(String[]::new);
    }

    private static void assertPlain(String text) {
        assertEquals(PlainText.escapedLines(text), text);
    }

    @Test
    void watchTellsEachSecondWhatGoesOn() throws IOException {
        served().close();

        List<List<String>> rows = rig.ctl("watch").rows();
        assertEquals(4, rows.size()); // two looks at two proxies
        assertEquals(List.of("shop", "on"), rows.get(3).subList(1, 3));
        assertEquals(List.of("1", "1"), rows.get(3).subList(4, 6));
        assertEquals("late=1", rows.get(3).get(8));
        List<String> lines = rig.ctl("watch", "--json").lines();
        assertEquals(2, lines.size());
        assertEquals(7, ConfigFactory.parseString(lines.get(0)).getLong("seed"));
    }

    @Test
    void watchDrawsOnATerminal() throws IOException {
        served().close();

        String out = rig.onTerminal("watch").out();
        assertTrue(out.startsWith("\u001b[?25l"), out);
        assertTrue(out.endsWith("\u001b[?25h"), out);
        assertEquals(2, out.split("Ctrl-C ends it\\.", -1).length - 1, out);
        assertTrue(out.contains(rig.url() + "  seed 7  running 0:00:0"), out);
        assertTrue(out.matches("(?s).*\nshop   on        [01]      1          1 .* late 1\u001b\\[K.*"), out);
    }

    @Test
    void profileListsAndPuts() {
        List<String> lte = rig.ctl("profile").rows().stream()
                .filter(row -> row.getFirst().equals("3g"))
                .findFirst()
                .orElseThrow();
        assertEquals(List.of("3g", "200000", "96000", "300ms", ""), lte.subList(0, 5));
        assertTrue(
                rig.onTerminal("profile").lines().stream()
                        .anyMatch(line -> line.matches("edge +29 KiB/s +24 KiB/s  840ms +1.0% 300ms-1s +derived .*")),
                rig.onTerminal("profile").out());

        assertEquals(
                done("applied profile 3g to shop, in addition to the latency rule \"late\"; --only removes it"),
                rig.ctl("profile", "shop", "3g"));
        assertTrue(rig.proxy("shop").plan().rule("profile-latency").isPresent());
        assertEquals(done("removed the profile of shop"), rig.ctl("profile", "shop", "--remove"));
        assertTrue(rig.proxy("shop").plan().rule("profile-latency").isEmpty());
        assertEquals(2, rig.proxy("shop").plan().rules().size());
        assertTrue(
                rig.ctl("profile", "shop", "3gg").err().startsWith("invalid request body: name: must be one of 3g, "));
        assertEquals(2, rig.ctl("profile", "shop").code());
    }

    @Test
    void reloadTakesTheFileOver() throws IOException {
        rig.ctl("remove", "shop");
        CtlRig.write(folder, proxies().replace("delay = 3ms", "delay = 4ms"));

        assertEquals(done("taken over"), rig.ctl("reload"));
        assertEquals(
                Latency.of(Duration.ofMillis(4)),
                rig.proxy("shop").plan().rule("late").orElseThrow().fault());
    }

    @Test
    void numbersWithoutAUnitAreTold() {
        assertEquals(
                done("added slow on shop; delay = 2 ms, ttl = 60000 ms"),
                rig.ctl("add", "shop", "slow", "type=latency", "delay=2", "ttl=60000", "max-hits=3"));
        assertEquals(
                done("replaced slow on shop; min = 1000 bytes/s, max = 2000 bytes/s"),
                rig.ctl("add", "shop", "slow", "type=rate", "min=1000", "max=2000", "redraw=1s"));
        assertEquals(
                done("replaced slow on shop; size = 10 bytes"),
                rig.ctl("add", "shop", "slow", "type=slice", "size=10", "variation=1B", "delay=1ms"));
        assertEquals(
                done("replaced slow on shop; mean = 5 ms, when.from = 1.5 ms"),
                rig.ctl(
                        "add",
                        "shop",
                        "slow",
                        "type=latency",
                        "distribution=normal",
                        "mean=5",
                        "deviation=1ms",
                        "when.from=1.5"));
        String out = rig.ctl(
                        "add",
                        "web",
                        "--listen",
                        "127.0.0.1:0",
                        "--upstream",
                        "127.0.0.1:9",
                        "latency=100",
                        "speed=5000")
                .out();
        assertTrue(out.endsWith("; latency = 100 ms, speed = 5000 bytes/s\n"), out);
    }

    @Test
    void anUpstreamThatCannotBeIsToldWithTheOneThatCan() {
        assertEquals(
                failed("a proxy of protocol http can't connect to wss://shop; use: chaos-proxy ctl add web --listen"
                        + " :0 --upstream shop:443 latency=5"),
                rig.ctl("add", "web", "--listen", ":0", "--upstream", "wss://shop", "latency=5"));
        assertEquals(
                failed("a proxy of protocol tcp can't connect to http://shop; use: chaos-proxy ctl add web --listen :0"
                        + " --upstream http://shop"),
                rig.ctl("add", "web", "--listen", ":0", "--upstream", "http://shop", "--protocol", "tcp"));
    }

    @Test
    void aProfileMayTakeThePlaceOfOtherLatenciesAndRates() {
        rig.ctl("add", "shop", "narrow", "type=rate", "rate=1MiB");
        assertEquals(
                done("applied profile 3g to shop, in addition to the latency rule \"late\" and the rate rule"
                        + " \"narrow\"; --only removes them"),
                rig.ctl("profile", "shop", "3g"));
        assertEquals(
                done("applied profile 3g to shop; removed the latency rule \"late\" and the rate rule \"narrow\""),
                rig.ctl("profile", "shop", "3g", "--only"));
        assertEquals(done("applied profile 3g to shop"), rig.ctl("profile", "shop", "3g", "--only"));
        assertEquals(
                List.of("never", "profile-latency", "profile-up", "profile-down"),
                rig.proxy("shop").plan().rules().stream().map(Rule::name).toList());
        assertEquals(2, rig.ctl("profile", "shop", "--remove", "--only").code());
        assertEquals(2, rig.ctl("profile", "--only").code());
        rig.ctl("reload");
        assertEquals(Optional.of(3), rig.proxy("shop").plan().rule("late").map(rule -> 3));
    }

    @Test
    void whatWasClearedIsBackAfterAReload() {
        Plan plan = rig.proxy("shop").plan();
        rig.ctl("clear");
        rig.ctl("add", "shop", "mine", "type=limit", "bytes=1000");
        assertEquals(done("taken over"), rig.ctl("reload"));
        assertEquals(
                List.of("late", "never", "mine"),
                rig.proxy("shop").plan().rules().stream().map(Rule::name).toList());
        rig.ctl("toggle", "shop", "--off");
        rig.ctl("remove", "shop", "never");
        rig.ctl("add", "more", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1");
        assertEquals(done("everything is as the file says"), rig.ctl("reset"));
        assertEquals(plan, rig.proxy("shop").plan());
        assertTrue(rig.proxy("shop").isEnabled());
        assertFalse(rig.has("more"));
    }

    @Test
    void whatAReloadIgnoresIsTold() throws IOException {
        Path file = CtlRig.write(folder, proxies());
        Files.writeString(file, Files.readString(file).replace("seed = 7", "seed = 8"));
        assertEquals(
                done("taken over\nnote: the seed of " + file + " holds from the next start on; 7 is in force"),
                rig.ctl("reload"));
        assertTrue(rig.ctl("reload", "--json").out().contains("\"ignored\":[\"the seed of "));
    }

    @Test
    void reloadSaysAllThatIsWrongWithAFile() throws IOException {
        Path file = CtlRig.write(
                folder, proxies().replace("delay = 3ms", "delay = soon").replace("probability = 0", "probabilty = 0"));

        assertEquals(failed("""
            configuration file rejected; the previous configuration stays in force
            %1$s:5: proxies.shop.faults.late.delay: must be a duration such as 200ms, 2s or 1m, not "soon"
            %1$s:6: proxies.shop.faults.never.probabilty: unknown key; did you mean probability?\
            """.formatted(file)), rig.ctl("reload"));
    }
}
