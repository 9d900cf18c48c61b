package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxyProtocol;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Network;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LoadApiTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final LinkedBlockingQueue<String> heads = new LinkedBlockingQueue<>();
    private NativeRig rig;
    private Origin origin;
    private String response = OK;

    @BeforeEach
    void start() throws Exception {
        rig = new NativeRig();
        origin = Origin.each(client -> {
            String head = client.readHead();
            if (!head.isEmpty()) {
                heads.add(head);
                client.send(response);
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        origin.close();
    }

    private ProxyServer http(Rule... rules) throws IOException {
        return rig.fleet().add(TestProxy.spec(Protocol.HTTP, origin.port(), rules), true);
    }

    /** Name and data of each event. */
    private record Event(String name, Config data) {
        static List<Event> of(String stream) {
            List<Event> events = new ArrayList<>();
            for (String each : stream.split("\n\n")) {
                String name = "";
                String data = "";
                for (String line : each.lines().toList()) {
                    if (line.startsWith("event:")) {
                        name = line.substring(6).strip();
                    } else if (line.startsWith("data:")) {
                        data = line.substring(5);
                    }
                }
                if (!name.isEmpty()) {
                    events.add(new Event(name, ConfigFactory.parseString(data)));
                }
            }
            return events;
        }
    }

    private List<Event> run(String proxy, String body) throws Exception {
        NativeRig.Answer answer = rig.post("/api/v1/proxies/" + proxy + "/try", body);
        assertEquals(200, answer.status(), answer.body());
        assertTrue(answer.type().startsWith("text/event-stream"), answer.type());
        List<Event> events = Event.of(answer.body());
        assertEquals("end", events.getLast().name());
        return events;
    }

    private static Config summary(List<Event> events, String leg) {
        return events.stream()
                .filter(event -> event.name().equals("summary")
                        && event.data().getString("leg").equals(leg))
                .findFirst()
                .orElseThrow()
                .data();
    }

    @Test
    void faultsDelayTheSecondLegAlone() throws Exception {
        ProxyServer proxy = http(Rule.of("slow", Latency.of(Duration.ofMillis(300))));

        List<Event> events =
                run("http", "{\"count\": 6, \"concurrency\": 3, \"path\": \"/a?b=c\", \"headers\": {\"X-A\": \"1\"}}");

        assertEquals("without", events.getFirst().data().getString("leg"));
        Config without = summary(events, "without");
        Config with = summary(events, "with");
        for (Config each : List.of(without, with)) {
            assertEquals(6, each.getInt("complete"), each.toString());
            assertEquals(6, each.getInt("statuses.200"));
            assertTrue(each.getObject("failures").isEmpty());
            assertTrue(each.getDouble("per-second") > 0);
        }
        assertTrue(with.getDouble("first-byte-p50-ms") >= 300, with.toString());
        assertTrue(with.getDouble("total-p50-ms") >= with.getDouble("first-byte-p50-ms"));
        assertTrue(with.getDouble("seconds") >= 0.6, "two after each other, three at once: " + with);
        long results = events.stream()
                .filter(event -> event.name().equals("results"))
                .mapToLong(event -> event.data().getList("results").size())
                .sum();
        assertEquals(12, results);
        assertEquals(6, proxy.traffic().exchanges(), "requests of the other leg don't pass the proxy itself");
        assertEquals(6, rig.fleet().common().journal().hits("http", "slow"));
        assertEquals(12, heads.size());
        String own = "127.0.0.1:" + proxy.address().getPort();
        for (String head : heads) {
            assertTrue(head.startsWith("GET /a?b=c HTTP/1.1\r\n"), head);
            assertTrue(head.contains("\r\nHost: " + own + "\r\n"), head);
            assertTrue(head.contains("\r\nX-A: 1\r\n"), head);
        }
        Threads.awaitNone("try ");
    }

    @Test
    void whatFailsIsCountedByItsReasonAndNotRepeated() throws Exception {
        http(Rule.of("reset", Reset.at(Reset.At.REQUEST)));

        Config with = summary(run("http", "{\"count\": 4}"), "with");

        assertEquals(0, with.getInt("complete"));
        assertEquals(4, with.getInt("ended"));
        assertEquals(4, with.getInt("failures.\"connection reset\""), with.toString());
        assertEquals(4, heads.size(), "of the leg without faults");
    }

    @Test
    void anAnswerOfTheProxyHasItsStatus() throws Exception {
        http(Rule.of("busy", Respond.of(503)));

        Config with = summary(run("http", "{\"count\": 3}"), "with");

        assertEquals(3, with.getInt("statuses.503"), with.toString());
        assertEquals(3, with.getInt("complete"));
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nok, response cut short",
        "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n2\\r\\nok\\r\\n, response cut short",
        "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n2\\r\\nok\\r\\n0\\r\\n\\r\\n, ''",
        "HTTP/1.1 100 Continue\\r\\n\\r\\nHTTP/1.1 204 No Content\\r\\n\\r\\n, ''",
        "HTTP/1.1 200 OK\\r\\n\\r\\nuntil the end, ''",
        "'', closed before a byte of a response",
    })
    void theEndOfAResponseIsKnown(String sent, String failure) throws Exception {
        response = sent.replace("\\r\\n", "\r\n");
        rig.fleet().add(TestProxy.spec(Protocol.TCP, origin.port()), true); // which lets everything pass

        Config with = summary(run("tcp", "{\"count\": 1, \"path\": \"/\"}"), "with");

        if (failure.isEmpty()) {
            assertEquals(1, with.getInt("complete"), with.toString());
        } else {
            String only = with.getObject("failures").keySet().iterator().next();
            assertTrue(only.equals(failure) || only.startsWith("closed before"), only);
        }
    }

    @Test
    void aTcpProxyIsSentTextAndAnswersWithAByte() throws Exception {
        try (Origin echo = Origin.echo();
                Origin silent = Origin.each(client -> client.read())) {
            rig.fleet().add(TestProxy.spec(Protocol.TCP, echo.port()).named("echo"), true);
            rig.fleet().add(TestProxy.spec(Protocol.TCP, silent.port()).named("silent"), true);

            Config answered = summary(run("echo", "{\"count\": 5, \"send\": \"PING\\r\\n\"}"), "with");
            Config waited = summary(run("silent", "{\"count\": 1, \"timeout\": \"50ms\"}"), "with");

            assertEquals(5, answered.getInt("complete"), answered.toString());
            assertTrue(answered.getDouble("first-byte-p50-ms") > 0);
            assertTrue(answered.getObject("statuses").isEmpty());
            assertEquals(1, waited.getInt("failures.\"timed out\""), waited.toString());
        }
    }

    @Test
    void aListenerWithTlsIsSpokenToInTls() throws Exception {
        ProxySpec spec = TestProxy.spec(Protocol.HTTP, origin.port()).tls(ListenerTls.Terminated.selfSigned());
        rig.fleet().add(spec, true);

        Config with = summary(run("http", "{\"count\": 2}"), "with");

        assertEquals(2, with.getInt("complete"), with.toString());
    }

    @Test
    void aSecondRunIsRefusedUntilTheReaderOfTheFirstLeaves() throws Exception {
        http(Rule.of("slow", Latency.of(Duration.ofMinutes(1))));
        try (Peer reader = Peer.connect(rig.address())) {
            reader.send("POST /api/v1/proxies/http/try HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + NativeRig.TOKEN
                    + "\r\nContent-Length: 30\r\n\r\n{\"count\":1000,\"timeout\":\"30s\"}");
            assertTrue(reader.readHead().startsWith("HTTP/1.1 200 "));

            NativeRig.Answer second = rig.post("/api/v1/proxies/http/try", "{}");

            assertEquals(409, second.status());
            assertTrue(
                    second.json().getString("detail").startsWith("requests are being sent through http already"),
                    second.body());
        }
        Threads.awaitNone("try ");
        rig.proxy("http").change(plan -> plan.without("slow"));
        TestProxy.await("the run has ended", () -> {
            try {
                return rig.post("/api/v1/proxies/http/try", "{\"count\": 1}").status() == 200;
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void theEndOfTheControlPlaneEndsARun() throws Exception {
        http(Rule.of("slow", Latency.of(Duration.ofMinutes(1))));
        try (Peer reader = Peer.connect(rig.address())) {
            reader.send("POST /api/v1/proxies/http/try HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + NativeRig.TOKEN
                    + "\r\nContent-Length: 17\r\n\r\n{\"timeout\":\"30s\"}");
            assertTrue(reader.readHead().startsWith("HTTP/1.1 200 "));
            TestProxy.await("the second leg", () -> rig.proxy("http").traffic().connections() > 0);

            rig.api().close();

            Threads.awaitNone("try ");
        }
    }

    @Test
    void nothingIsSentWithoutTheToken() throws Exception {
        http();
        try (Peer reader = Peer.connect(rig.address())) {
            reader.send("POST /api/v1/proxies/http/try HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
            assertTrue(reader.readHead().startsWith("HTTP/1.1 401 "));
        }
        assertTrue(heads.isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"count\": 0} | count: must be from 1 to 1000, not 0",
                "{\"count\": 1.5} | count: must be a whole number, not 1.5",
                "{\"concurrency\": 65} | concurrency: must be from 1 to 64, not 65",
                "{\"timeout\": \"1h\"} | timeout: must be from 10ms to 30s",
                "{\"path\": \"a\"} | path: must begin with /, without blanks and encoded as in a URL",
                "{\"path\": \"/ HTTP/1.1\"} | path: must begin with /, without blanks and encoded as in a URL",
                "{\"headers\": {\"Content-Length\": \"3\"}} | headers.Content-Length: can't be set",
                "{\"headers\": {\"a\": \"b\\r\\nc: d\"}} | headers.a: has control characters",
                "{\"headers\": {\"a\": 1}} | headers: must be an object of texts, not {\"a\":1}",
                "{\"send\": \"\", \"path\": \"/\"} | send: goes with neither path nor headers: those are of an HTTP"
                        + " request",
                "{\"cuont\": 1} | cuont: unknown key; known here: count, concurrency, timeout, path, headers, send",
            })
    void wrongValuesAreNamed(String body, String error) throws Exception {
        http();

        NativeRig.Answer answer = rig.post("/api/v1/proxies/http/try", body);

        assertEquals(400, answer.status());
        assertEquals(List.of(error), answer.errors());
        assertTrue(heads.isEmpty());
    }

    @Test
    void proxiesThatCantBeTriedSayWhy() throws Exception {
        rig.fleet().add(TestProxy.spec(Protocol.HTTP, origin.port()).named("off"), false);
        rig.fleet().add(ProxySpec.forward(), true);
        Options headed =
                Options.DEFAULTS.proxyProtocol(ProxyProtocol.OFF.acceptFrom(List.of(Network.parse("127.0.0.0/8"))));
        rig.fleet()
                .add(
                        TestProxy.spec(Protocol.HTTP, origin.port())
                                .named("headed")
                                .with(headed),
                        true);

        assertEquals("off is off", refusal("off"));
        assertTrue(refusal("forward").startsWith("forward is a forward proxy, whose clients name their targets"));
        assertTrue(refusal("headed").startsWith("headed expects a PROXY protocol header"));
        assertEquals(404, rig.post("/api/v1/proxies/none/try", "{}").status());
        assertFalse(rig.fleet().all().isEmpty());
    }

    private String refusal(String proxy) throws Exception {
        NativeRig.Answer answer = rig.post("/api/v1/proxies/" + proxy + "/try", "{}");
        assertEquals(409, answer.status(), answer.body());
        return answer.json().getString("detail");
    }
}
