package io.chaosproxy.helidon;

import static io.chaosproxy.helidon.TwoHosts.late;
import static io.chaosproxy.helidon.TwoHosts.rule;
import static io.chaosproxy.helidon.TwoHosts.texts;
import static io.chaosproxy.helidon.TwoHosts.twice;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
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
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.helidon.TwoHosts.Row;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.relay.ProxyServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same plan, seed and requests, once with a proxy in front of the service and once with a {@link ChaosFilter} inside
 * it: the journal and what the client sees have to be equal.
 */
final class RelayAndFilterTest {
    private static final String HELLO = Shop.get("/hello");
    private static final String HEAD = HELLO.replace("GET", "HEAD");
    private static final String KNOWN = Shop.get("/known");
    private static final String STREAM = Shop.get("/stream");
    private static final String EMPTY = Shop.get("/empty");
    private static final String COUNT = Shop.post("/count");
    private static final String BROKEN = Shop.get("/broken");

    /** Every kind of exchange, twice. */
    private static final List<String> ALL = twice(HELLO, HEAD, KNOWN, EMPTY, STREAM, COUNT, BROKEN);

    /** What one client saw and what the journal says. */
    private record Outcome(List<String> seen, List<String> hits) {}

    private static List<String> times(int count, String request) {
        return Collections.nCopies(count, request);
    }

    private static Row row(String name, List<String> requests, Rule... rules) {
        return new Row(name, requests, rules);
    }

    private static Respond respond(int status, String body, String... fields) {
        Map<String, String> headers = new TreeMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            headers.put(fields[i], fields[i + 1]);
        }
        return new Respond(status, body, headers, Optional.empty());
    }

    static Stream<Row> rows() {
        Rule busy = rule(respond(503, "busy"));
        Rule narrow = rule(Rate.of(60_000));
        return Stream.of(
                row("no rule at all", ALL),
                // those of which it was known that they differ
                row(
                        "respond and reset at request",
                        times(6, HELLO),
                        busy,
                        rule(Reset.atRequest()).probability(0.5)),
                row(
                        "reset at request and respond",
                        times(6, HELLO),
                        rule(Reset.atRequest()).probability(0.5),
                        busy),
                row(
                        "respond and latency up",
                        times(12, HELLO),
                        busy.when(Match.ANY.nth(2)),
                        late().way(Directions.UP).when(Match.ANY.nth(2))),
                row("respond and headers on the response", ALL, busy, rule(Headers.ofResponse("X-Chaos", "yes"))),
                row(
                        "rate and a response without a body",
                        times(3, EMPTY),
                        rule(Rate.of(200)).way(Directions.DOWN)),
                row("respond 205", twice(HELLO, HEAD, COUNT), rule(respond(205, "not for a 205"))),
                row("headers with Connection: close", ALL, rule(Headers.ofResponse("Connection", "close"))),
                row(
                        "respond with Connection: close",
                        twice(HELLO, HEAD, COUNT),
                        rule(respond(503, "busy", "Connection", "close"))),
                row("outage", ALL, rule(Outage.between(ofNanos(1), ofMillis(3)))),
                row("rate", twice(KNOWN, STREAM, COUNT), narrow));
    }

    /** Each fault that both carry out, at each of its moments and in each direction, with each kind of chance. */
    static Stream<Row> product() {
        List<Rule> faults = new ArrayList<>(TwoHosts.holds());
        for (Reset.At at : Reset.At.values()) {
            faults.add(rule(Reset.at(at)));
        }
        faults.add(rule(ResetAtAccept.now()));
        faults.add(rule(Refuse.reset()));
        faults.add(rule(respond(503, "busy")));
        faults.add(rule(new Headers(Headers.On.RESPONSE, Map.of("X-Chaos", "yes"), List.of("Content-Type"))));
        return faults.stream().flatMap(rule -> chances(rule, ALL));
    }

    /** Bodies that always have to wait: more than a quantum, and more than a link makes up for. */
    static Stream<Row> rates() {
        Rule narrow = rule(Rate.of(60_000));
        return Stream.of(
                        chances(narrow.way(Directions.DOWN), twice(KNOWN, STREAM)),
                        chances(narrow.way(Directions.UP), times(4, COUNT)),
                        chances(narrow, twice(KNOWN, STREAM, COUNT)))
                .flatMap(rows -> rows);
    }

    private static Stream<Row> chances(Rule rule, List<String> requests) {
        return rule.chance().per() == TrialUnit.SECOND
                ? TwoHosts.chances(rule, requests)
                : Stream.concat(
                        TwoHosts.chances(rule, requests),
                        Stream.of(rule.per(TrialUnit.CONNECTION).probability(0.5))
                                .map(each -> row(TwoHosts.text(each), requests, each)));
    }

    /** Rules that meet, and the small print. */
    static Stream<Row> meetings() {
        Rule some = rule(respond(503, "busy")).when(Match.ANY.nth(2));
        Rule late = late().way(Directions.BOTH).probability(0.5);
        Rule edit = rule(Headers.ofResponse("X-Chaos", "yes")).maxHits(4);
        String expecting = Shop.post("/count").replace("Host:", "Expect: 100-continue\r\nHost:");
        return Stream.of(
                row(
                        "respond and rate up",
                        twice(COUNT, HELLO),
                        some,
                        rule(Rate.of(200)).way(Directions.UP).when(Match.ANY.nth(2))),
                row("respond and outage", ALL, some, rule(Outage.between(ofNanos(1), ofMillis(3)))),
                row(
                        "respond and reset at first byte",
                        ALL,
                        some,
                        rule(Reset.atFirstByte()).probability(0.5)),
                row(
                        "respond and reset in the body",
                        ALL,
                        some,
                        rule(Reset.inBody()).probability(0.5)),
                row(
                        "respond and reset at accept",
                        ALL,
                        some,
                        rule(ResetAtAccept.now()).when(Match.ANY.nth(2))),
                row(
                        "headers and reset at request",
                        ALL,
                        edit,
                        rule(Reset.atRequest()).probability(0.5)),
                row(
                        "headers and reset at first byte",
                        ALL,
                        edit,
                        rule(Reset.atFirstByte()).probability(0.5)),
                row(
                        "headers and reset in the body",
                        ALL,
                        edit,
                        rule(Reset.inBody()).probability(0.5)),
                row(
                        "headers, respond and reset at first byte",
                        ALL,
                        edit,
                        some,
                        rule(Reset.atFirstByte()).probability(0.5)),
                row(
                        "headers, respond and reset in the body",
                        ALL,
                        edit,
                        some,
                        rule(Reset.inBody()).probability(0.5)),
                row(
                        "headers, respond 204 and reset in the body",
                        ALL,
                        edit,
                        rule(respond(204, "")),
                        rule(Reset.inBody()).probability(0.5)),
                row(
                        "everything at once",
                        ALL,
                        late,
                        some,
                        edit,
                        rule(Reset.inBody()).probability(0.3)),
                row(
                        "two of a kind",
                        ALL,
                        some,
                        Rule.of("second", respond(500, "late")),
                        edit,
                        late,
                        Rule.of("other", Headers.ofResponse("x-chaos", "no")),
                        Rule.of("later", Latency.between(ofNanos(1), ofMillis(2)))
                                .when(Match.ANY.nth(3))),
                row(
                        "fields that change nothing, and one that another rule sets",
                        twice(HELLO, KNOWN),
                        rule(new Headers(Headers.On.RESPONSE, Map.of(), List.of("X-None")))
                                .maxHits(1),
                        Rule.of("set", Headers.ofResponse("X-Chaos", "yes")),
                        Rule.of("same", Headers.ofResponse("x-chaos", "yes")),
                        Rule.of("gone", new Headers(Headers.On.RESPONSE, Map.of(), List.of("X-CHAOS")))),
                row("respond 204", twice(HELLO, HEAD, COUNT), rule(respond(204, "not for a 204"))),
                row("respond 304", twice(HELLO, HEAD, COUNT), rule(respond(304, "not for a 304"))),
                row(
                        "respond 413 to a body",
                        twice(COUNT, HELLO),
                        rule(respond(413, "too much")).maxHits(2)),
                row("respond to a request that expects 100", twice(expecting, HELLO), some),
                row("respond 200 without text", twice(HELLO, HEAD, COUNT), rule(respond(200, ""))),
                row(
                        "respond with fields of its own",
                        twice(HELLO, HEAD),
                        rule(respond(429, "{}", "content-type", "application/json", "X-Why", "chaos")
                                .retryAfter(ofMillis(1500)))),
                row(
                        "respond, fields removed",
                        twice(HELLO, HEAD),
                        rule(respond(429, "{}", "X-Why", "chaos")),
                        rule(new Headers(Headers.On.RESPONSE, Map.of("Content-Type", "a/b"), List.of("x-why")))),
                row("by path and method", ALL, late.when(Match.path("/h*").methods("GET")), some),
                row(
                        "by host and header",
                        twice(HELLO, HELLO.replace("Host: ", "X-User: anna\r\nHost: www.")),
                        rule(respond(503, "busy")).when(Match.ANY.host("*.shop.example")),
                        Rule.of("anna", Headers.ofResponse("X-For", "anna")).when(Match.ANY.header("x-user", "a*"))),
                row(
                        "by an encoded path",
                        twice(Shop.get("/he%6Clo?q=a/b"), Shop.get("//hello"), Shop.get("/a%2Fb")),
                        rule(respond(503, "busy")).when(Match.path("/he%6Clo")),
                        Rule.of("slash", respond(504, "busy")).when(Match.path("/a/b")),
                        Rule.of("any", respond(505, "busy")).when(Match.path("/**"))),
                row("by client", ALL, rule(respond(503, "busy")).when(Match.ANY.client("127.0.0.2")), late));
    }

    /** A plan that changes while a rule holds the first exchange. */
    static Stream<Row> changes() {
        List<String> requests = List.of(KNOWN, HELLO, KNOWN);
        Rule late = TwoHosts.forever().when(Match.ANY.first(1));
        Rule early = TwoHosts.forever().way(Directions.UP);
        Rule shut = rule(Rate.of(0)).way(Directions.DOWN).when(Match.ANY.first(1));
        return Stream.concat(
                TwoHosts.changes(requests, KNOWN),
                Stream.of(
                        row("a reset at request in its place", requests, early).then(rule(Reset.atRequest())),
                        row("a reset at first byte in its place", requests, late)
                                .then(rule(Reset.atFirstByte())),
                        row("a reset in the body in its place", requests, late).then(rule(Reset.inBody())),
                        row("a reset behind a latency", requests, late).then(late, rule(Reset.atFirstByte())),
                        row("a reset before a latency", requests, late).then(rule(Reset.atFirstByte()), late),
                        row("a reset behind a rate", requests, shut).then(shut, rule(Reset.atFirstByte())),
                        row("a response too late", requests, early).then(rule(respond(503, "busy")))));
    }

    static Stream<Row> table() {
        return Stream.of(rows(), product(), rates(), meetings(), changes()).flatMap(stream -> stream);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("table")
    void bothDoTheSame(Row row) throws Exception {
        TwoHosts.compare(row, () -> {
            Outcome filtered = insideTheService(row);
            Outcome relayed = throughAProxy(row);
            assertEquals(String.join("\n", relayed.seen), String.join("\n", filtered.seen), "seen by the client");
            assertEquals(String.join("\n", relayed.hits), String.join("\n", filtered.hits), "journal");
        });
    }

    private static Outcome throughAProxy(Row row) throws Exception {
        Journal journal = TwoHosts.journal();
        try (Shop shop = Shop.plain();
                ProxyServer proxy = TwoHosts.proxy(row, shop.address().getPort(), journal)) {
            List<String> seen = TwoHosts.run(
                    row,
                    rule -> assertTrue(journal.await(TwoHosts.NAME, rule, 1, ofSeconds(60))),
                    proxy::plan,
                    () -> exchange(proxy.address(), row.exchanges()));
            return new Outcome(seen, texts(journal.hits()));
        }
    }

    private static Outcome insideTheService(Row row) throws Exception {
        ChaosFilter chaos = ChaosFilter.create(TwoHosts.NAME, TwoHosts.SEED);
        try (Shop shop = Shop.open(chaos)) {
            chaos.plan(new Plan(row.rules()));
            List<String> seen = TwoHosts.run(
                    row,
                    rule -> chaos.journal().await(rule, 1, ofSeconds(60)),
                    chaos::plan,
                    () -> exchange(shop.address(), row.exchanges()));
            return new Outcome(seen, texts(chaos.journal().hits()));
        }
    }

    /** Sends the requests on one connection, or on the next one if it has ended. */
    private static List<String> exchange(InetSocketAddress address, List<String> requests) throws IOException {
        List<String> seen = new ArrayList<>();
        Optional<Peer> client = Optional.empty();
        try {
            for (String request : requests) {
                String answer;
                try {
                    client = client.isPresent() ? client : Optional.of(Peer.connect(address));
                    answer = answer(client.get(), request);
                } catch (SocketException e) {
                    answer = "reset"; // perhaps as soon as it was accepted
                }
                boolean over = answer.equals("reset") || answer.equals("end") || hasEnded(client.get(), answer);
                seen.add(
                        request.substring(0, request.indexOf(' ', 5)) + ": " + answer + (over ? ", then the end" : ""));
                if (over) {
                    closeAll(client);
                    client = Optional.empty();
                }
            }
        } finally {
            closeAll(client);
        }
        return seen;
    }

    private static void closeAll(Optional<Peer> client) throws IOException {
        if (client.isPresent()) {
            client.get().close();
        }
    }

    /** Whether the server closes behind a response that says so. */
    private static boolean hasEnded(Peer client, String answer) throws IOException {
        return answer.toLowerCase(Locale.ROOT).contains("connection=[close]")
                && client.ending().equals("end");
    }

    private static String answer(Peer client, String request) throws IOException {
        try {
            client.send(request);
            String head = client.readHead();
            while (head.startsWith("HTTP/1.1 100")) {
                head = client.readHead();
            }
            if (head.isEmpty()) {
                return "end";
            }
            Map<String, List<String>> fields = fields(head);
            String status = head.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length());
            boolean hasBody =
                    !request.startsWith("HEAD") && !List.of("204", "304").contains(status);
            if (List.of("204", "304").contains(status)) {
                fields.remove("content-length", List.of("0")); // Helidon's own doing
            }
            String body = hasBody ? body(client, fields) : "";
            if (body.equals("reset")) {
                return "reset"; // how much came before depends on the kernels
            }
            return status + " " + fields + " " + (body.length() > 40 ? "body of " + body.length() : body);
        } catch (SocketException e) {
            return "reset";
        }
    }

    /** Without what each server says of itself or may choose. */
    private static Map<String, List<String>> fields(String head) {
        Map<String, List<String>> fields = new TreeMap<>();
        Arrays.stream(head.split("\r\n")).skip(1).forEach(line -> {
            String[] field = line.split(": *", 2);
            fields.computeIfAbsent(field[0].toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(field[1]);
        });
        fields.remove("date");
        return fields;
    }

    private static String body(Peer client, Map<String, List<String>> fields) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            List<String> length = fields.remove("content-length");
            if (length != null) {
                body.writeBytes(client.read(Integer.parseInt(length.getFirst())).getBytes(ISO_8859_1));
            } else if (fields.remove("transfer-encoding") != null) {
                readChunks(client, body);
            }
            return body.toString(ISO_8859_1);
        } catch (SocketException e) {
            return "reset";
        }
    }

    private static void readChunks(Peer client, ByteArrayOutputStream body) throws IOException {
        for (int size = chunkSize(client); ; size = chunkSize(client)) {
            body.writeBytes(client.read(size).getBytes(ISO_8859_1));
            client.read(2);
            if (size == 0) {
                return;
            }
        }
    }

    private static int chunkSize(Peer client) throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.indexOf("\r\n") < 0) {
            line.append(client.read(1));
        }
        return Integer.parseInt(line.toString().strip(), 16);
    }
}
