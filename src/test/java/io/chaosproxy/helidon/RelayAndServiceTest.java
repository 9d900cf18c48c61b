package io.chaosproxy.helidon;

import static io.chaosproxy.helidon.TwoHosts.late;
import static io.chaosproxy.helidon.TwoHosts.rule;
import static io.chaosproxy.helidon.TwoHosts.texts;
import static io.chaosproxy.helidon.TwoHosts.twice;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.helidon.TwoHosts.Row;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webclient.api.HttpClientRequest;
import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.api.WebClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same plan, seed and calls, once through a proxy and once with a {@link ChaosService} inside the client: the journal,
 * what the caller sees and what the called service sees have to be equal.
 */
final class RelayAndServiceTest {
    private static final int SIZE = 30_000;

    /** Long enough for more than one grant of the rate: whether a short head waits depends on the time since the one before. */
    private static final String PADDING = "Padding: " + "z".repeat(8_000) + "\r\n";

    /** Every kind of exchange; HEAD comes last, since WebClient gives up its connection after it. */
    private static final List<String> ALL = Stream.concat(
                    twice("GET /known", "GET /none", "GET /chunked", "POST /count").stream(), Stream.of("HEAD /known"))
            .toList();

    private record Outcome(List<String> answers, List<String> requests, List<String> hits) {}

    private static Row row(String name, Rule... rules) {
        return new Row(name, ALL, rules);
    }

    /** Each fault that both carry out, in each direction, with each kind of chance. */
    static Stream<Row> product() {
        List<Rule> faults = new ArrayList<>(TwoHosts.holds());
        faults.add(rule(Rate.of(60_000)).way(Directions.DOWN));
        faults.add(rule(Headers.ofRequest("X-Chaos", "yes")));
        faults.add(rule(new Headers(Headers.On.REQUEST, Map.of("X-Chaos", "yes"), List.of("x-caller"))));
        faults.add(rule(new Headers(Headers.On.RESPONSE, Map.of("X-Chaos", "yes"), List.of("X-From"))));
        return faults.stream().flatMap(rule -> TwoHosts.chances(rule, ALL));
    }

    /** Rules that meet, and conditions. */
    static Stream<Row> meetings() {
        Rule late = late().way(Directions.BOTH).probability(0.5);
        Rule asked = Rule.of("asked", Headers.ofRequest("X-Chaos", "yes"));
        Rule edit = rule(Headers.ofResponse("X-Chaos", "yes")).maxHits(4);
        return Stream.of(
                row("no rule at all"),
                row(
                        "everything at once",
                        late,
                        asked,
                        edit,
                        rule(Outage.of(ofMillis(1))),
                        rule(Rate.of(60_000)).way(Directions.DOWN)),
                row(
                        "two of a kind",
                        edit,
                        late,
                        Rule.of("other", Headers.ofResponse("x-chaos", "no")),
                        Rule.of("later", Latency.between(ofNanos(1), ofMillis(2)))
                                .when(Match.ANY.nth(3))),
                row(
                        "fields that change nothing",
                        rule(new Headers(Headers.On.RESPONSE, Map.of(), List.of("X-None")))
                                .maxHits(1),
                        Rule.of("set", Headers.ofResponse("X-Chaos", "yes")),
                        Rule.of("same", Headers.ofResponse("x-chaos", "yes")),
                        Rule.of("there", Headers.ofResponse("X-From", "orders"))),
                row(
                        "by path and method",
                        late.when(Match.path("/k*").methods("GET")),
                        asked.when(Match.ANY.methods("POST"))),
                row(
                        "by host and header",
                        edit.when(Match.ANY.host("127.0.0.1*")),
                        Rule.of("caller", Headers.ofResponse("X-For", "shop")).when(Match.ANY.header("x-caller", "s*")),
                        asked.when(Match.ANY.header("x-caller", "t*"))),
                new Row(
                        "by an encoded path",
                        twice("GET /known", "GET /kn%6Fwn", "GET /known/a%2Fb", "GET /known/a?q=b/c"),
                        edit.when(Match.path("/kn%6Fwn")),
                        Rule.of("slash", Headers.ofResponse("X-Slash", "yes")).when(Match.path("/known/*"))));
    }

    private static Stream<Row> changes(List<String> calls) {
        Rule early = TwoHosts.forever().way(Directions.UP);
        Rule asked = rule(Headers.ofRequest("X-Chaos", "yes"));
        return Stream.of(
                new Row("other fields for a late request", calls, early).then(asked),
                new Row("no fields any more for a late request", calls, early, asked).then());
    }

    static Stream<Row> table() {
        List<String> calls = List.of("GET /known", "GET /none", "POST /count");
        return Stream.of(product(), meetings(), TwoHosts.changes(calls, "GET /known"), changes(calls))
                .flatMap(rows -> rows);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("table")
    void bothDoTheSame(Row row) throws Exception {
        TwoHosts.compare(row, () -> {
            Outcome relayed = throughAProxy(row);
            Outcome inside = insideTheClient(row);
            assertEquals(String.join("\n", relayed.answers), String.join("\n", inside.answers), "seen by the caller");
            assertEquals(
                    String.join("\n", relayed.requests), String.join("\n", inside.requests), "seen by the service");
            assertEquals(String.join("\n", relayed.hits), String.join("\n", inside.hits), "journal");
        });
    }

    private static Outcome throughAProxy(Row row) throws Exception {
        Queue<String> requests = new ConcurrentLinkedQueue<>();
        Journal journal = TwoHosts.journal();
        try (Origin orders = orders(requests);
                ProxyServer proxy = TwoHosts.proxy(row, orders.port(), journal)) {
            WebClient client = WebClient.builder()
                    .baseUri("http://127.0.0.1:" + proxy.address().getPort())
                    .build();
            List<String> answers = TwoHosts.run(
                    row,
                    rule -> assertTrue(journal.await(TwoHosts.NAME, rule, 1, ofSeconds(60))),
                    proxy::plan,
                    () -> call(client, row.exchanges()));
            return new Outcome(answers, List.copyOf(requests), texts(journal.hits()));
        }
    }

    private static Outcome insideTheClient(Row row) throws Exception {
        Queue<String> requests = new ConcurrentLinkedQueue<>();
        ChaosService chaos = ChaosService.create(TwoHosts.NAME, TwoHosts.SEED);
        chaos.plan(new Plan(row.rules()));
        try (Origin orders = orders(requests)) {
            WebClient client = WebClient.builder()
                    .baseUri("http://127.0.0.1:" + orders.port())
                    .addService(chaos)
                    .build();
            List<String> answers = TwoHosts.run(
                    row,
                    rule -> chaos.journal().await(rule, 1, ofSeconds(60)),
                    chaos::plan,
                    () -> call(client, row.exchanges()));
            return new Outcome(
                    answers, List.copyOf(requests), texts(chaos.journal().hits()));
        }
    }

    private static List<String> call(WebClient client, List<String> calls) {
        try {
            return calls.stream().map(call -> call(client, call)).toList();
        } finally {
            client.closeResource();
        }
    }

    private static String call(WebClient client, String call) {
        String[] words = call.split(" ", -1);
        HttpClientRequest request = client.method(Method.create(words[0]))
                .skipUriEncoding(true)
                .uri(words[1])
                .header(HeaderNames.create("X-Caller"), "shop");
        try (HttpClientResponse response =
                words[0].equals("POST") ? request.submit("x".repeat(SIZE)) : request.request()) {
            String body = words[0].equals("HEAD") || response.status().code() == 204 ? "" : response.as(String.class);
            return call + " -> " + response.status().code() + " " + fields(response) + " " + body.length();
        }
    }

    /** Those that begin with X, sorted. */
    private static List<String> fields(HttpClientResponse response) {
        return response.headers().stream()
                .filter(field -> isOurs(field.name()))
                .map(RelayAndServiceTest::text)
                .sorted()
                .toList();
    }

    private static String text(Header field) {
        return field.name().toLowerCase(Locale.ROOT) + ": " + String.join(", ", field.allValues());
    }

    private static boolean isOurs(String name) {
        return name.toLowerCase(Locale.ROOT).startsWith("x-");
    }

    /** The called service; it notes the first lines and the fields that begin with X. */
    private static Origin orders(Queue<String> requests) throws IOException {
        return Origin.each(peer -> {
            for (String head = peer.readHead(); !head.isEmpty(); head = peer.readHead()) {
                requests.add(String.join(
                        " ",
                        head.lines()
                                .filter(line -> line.contains(" HTTP/1.1") || isOurs(line))
                                .map(line -> line.contains(" HTTP/1.1") ? line : line.toLowerCase(Locale.ROOT))
                                .sorted()
                                .toList()));
                answer(peer, head);
            }
        });
    }

    private static void answer(Peer peer, String head) throws IOException {
        String start = "HTTP/1.1 200 OK\r\nX-From: orders\r\n" + PADDING;
        String body = "y".repeat(SIZE);
        if (head.startsWith("GET /none ")) {
            peer.send("HTTP/1.1 204 No Content\r\nX-From: orders\r\n" + PADDING + "\r\n");
        } else if (head.startsWith("GET /chunked ")) {
            peer.send(start + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(SIZE) + "\r\n" + body
                    + "\r\n0\r\n\r\n");
        } else if (head.startsWith("HEAD ")) {
            peer.send(start + "Content-Length: " + SIZE + "\r\n\r\n");
        } else {
            if (head.startsWith("POST ")) {
                peer.read(SIZE);
            }
            peer.send(start + "Content-Length: " + SIZE + "\r\n\r\n" + body);
        }
    }
}
