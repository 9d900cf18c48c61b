package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.observe.Event;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class EventsApiTest {
    private NativeRig rig;
    private Origin origin;
    private ProxyServer proxy;

    @BeforeEach
    void start() throws Exception {
        rig = new NativeRig();
        origin = Origin.echo();
        proxy = rig.fleet().add(TestProxy.spec(Protocol.TCP, origin.port()), true);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        origin.close();
    }

    /** A stream of events; what happens after this is in it. */
    private Peer listen() throws IOException {
        return listen("");
    }

    private Peer listen(String query) throws IOException {
        Peer reader = Peer.connect(rig.address());
        reader.send("GET /api/v1/events" + query
                + " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer " + NativeRig.TOKEN
                + "\r\n\r\n");
        String head = reader.readHead();
        assertTrue(head.startsWith("HTTP/1.1 200 "), head);
        assertTrue(head.contains("text/event-stream"), head);
        return reader;
    }

    /** The next line that isn't empty and doesn't frame a chunk. */
    private static String line(Peer reader) throws IOException {
        while (true) {
            StringBuilder line = new StringBuilder();
            for (int b = reader.read(); b != '\n'; b = reader.read()) {
                if (b < 0) {
                    return "end";
                }
                line.append((char) b);
            }
            String text = line.toString().strip();
            if (text.contains(":")) {
                return text;
            }
        }
    }

    private static Config next(Peer reader, String name) throws IOException {
        assertEquals("event:" + name, line(reader));
        String data = line(reader);
        assertTrue(data.startsWith("data:"), data);
        return ConfigFactory.parseString(data.substring("data:".length()));
    }

    @Test
    void whatHappensIsTold() throws Exception {
        try (Peer reader = listen()) {
            proxy.change(plan -> plan.with(Rule.of("slow", Latency.of(Duration.ofMillis(1)))));
            Config plan = next(reader, "plan");
            assertEquals("tcp", plan.getString("proxy"));
            assertEquals(2, plan.getInt("version"));
            assertEquals(List.of("slow"), plan.getStringList("rules"));
            try (Peer client = Peer.connect(proxy.address())) {
                Config opened = next(reader, "connection");
                assertEquals("opened", opened.getString("what"));
                assertEquals(1, opened.getInt("number"));
                client.send("a");
                assertEquals("a", client.read(1));
                Config hit = next(reader, "hit");
                assertEquals("slow", hit.getString("rule"));
                assertEquals("latency", hit.getString("type"));
                assertEquals("delay", hit.getString("drawn.what"));
            }
            Config closed = next(reader, "connection");
            assertEquals("closed", closed.getString("what"));
            assertEquals(1, closed.getInt("down"));
        }
    }

    @Test
    void aStreamMayBeOfSomeTypesOnly() throws Exception {
        try (Peer reader = listen("?types=plan,hit")) {
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("a");
                assertEquals("a", client.read(1));
            }
            proxy.change(plan -> plan.with(Rule.of("slow", Latency.of(Duration.ofMillis(1)))));
            assertEquals(List.of("slow"), next(reader, "plan").getStringList("rules"));
        }
        assertEquals(
                List.of("types: must be some of connection, exchange, hit, plan, proxy, stats, not \"hits\""),
                rig.get("/api/v1/events?types=hits", "text/event-stream").errors());
    }

    @Test
    void whatIsDoneToAProxyIsTold() throws Exception {
        String own = "/api/v1/proxies/tcp";
        try (Peer reader = listen("?types=proxy");
                Peer client = Peer.connect(proxy.address())) {
            client.send("a");
            assertEquals("a", client.read(1));
            rig.post(own + "/sever", "");
            Config severed = next(reader, "proxy");
            assertEquals("severed", severed.getString("what"));
            assertEquals(1, severed.getInt("connections"));
            rig.patch(own, "{\"enabled\": false}");
            assertEquals("disabled", what(reader));
            rig.patch(own, "{\"enabled\": false}"); // it is
            rig.patch(own, "{\"enabled\": true}");
            assertEquals("enabled", what(reader));
            rig.patch(own, "{\"upstream\": \"127.0.0.1:9\", \"latency\": 5}");
            assertEquals("changed", what(reader));
            proxy.disable();
            proxy.disable();
            proxy.enable();
            proxy.enable();
            assertEquals("disabled", what(reader));
            assertEquals("enabled", what(reader));
            proxy.redirect(TestProxy.spec(Protocol.TCP, origin.port()));
            assertEquals("changed", what(reader));
            rig.put(
                    "/api/v1/proxies/new",
                    "{\"protocol\": \"tcp\", \"upstream\": \"127.0.0.1:9\", \"listen\": \"127.0.0.1:0\"}");
            assertEquals("added", what(reader));
            rig.delete(own);
            assertEquals("removed", what(reader));
        }
    }

    /** An address changes hands, for which one proxy stops listening before all settings are adopted. */
    @Test
    void aProxyThatListensElsewhereIsChangedAndStaysOn() throws Exception {
        try (Peer reader = listen("?types=proxy")) {
            int port = proxy.address().getPort();
            rig.put("/api/v1/config", """
                {"chaos-proxy": {"proxies": {
                    "tcp": {"protocol": "tcp", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"},
                    "heir": {"protocol": "tcp", "listen": "127.0.0.1:%d", "upstream": "127.0.0.1:9"}}}}
                """.formatted(port));
            Config first = next(reader, "proxy");
            Config second = next(reader, "proxy");
            assertEquals(
                    Set.of("tcp changed", "heir added"),
                    Set.of(
                            first.getString("proxy") + " " + first.getString("what"),
                            second.getString("proxy") + " " + second.getString("what")));
            rig.delete("/api/v1/proxies/heir");
            assertEquals("removed", what(reader)); // tcp was neither switched off nor on
        }
    }

    private static String what(Peer reader) throws IOException {
        return next(reader, "proxy").getString("what");
    }

    @Test
    void endsOfExchangesAreToldAndRecordedIfAskedFor() throws Exception {
        try (Origin web = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
            ProxyServer http = rig.fleet().add(TestProxy.spec(Protocol.HTTP, web.port()), true);
            try (Peer reader = listen("?types=exchange");
                    Peer client = Peer.connect(http.address())) {
                client.send("GET /cart HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
                Config told = next(reader, "exchange");
                assertEquals("GET /cart HTTP/1.1", told.getString("request"));
                assertEquals(200, told.getInt("status"));
                assertEquals(2, told.getInt("bytes"));
                assertTrue(told.getDouble("first-byte-ms") <= told.getDouble("time-ms"));
                assertEquals(
                        "GET /cart",
                        rig.get("/api/v1/exchanges/http/1/" + told.getLong("exchange"))
                                .json()
                                .getString("request"));
            }
        }
    }

    @Test
    void samplesOfAllCountersAreToldIfAskedFor() throws Exception {
        try (Peer reader = listen("?types=stats");
                Peer client = Peer.connect(proxy.address())) {
            client.send("abc");
            assertEquals("abc", client.read(3));
            Config stats = next(reader, "stats");
            while (stats.getLong("proxies.tcp.down") < 3) {
                stats = next(reader, "stats");
            }
            assertEquals(3, stats.getLong("proxies.tcp.up"));
            assertEquals(1, stats.getLong("proxies.tcp.open"));
            assertTrue(stats.getBoolean("proxies.tcp.enabled"));
        }
    }

    @Test
    void aReaderThatWentAwayIsForgotten() throws Exception {
        try (Peer reader = listen()) {
            reader.reset();
        }
        try (Peer other = listen()) {
            for (int i = 0; i < 10; i++) {
                proxy.plan(Plan.of(Rule.of("r" + i, new Limit(5))));
                assertEquals(List.of("r" + i), next(other, "plan").getStringList("rules"));
            }
        }
    }

    /** Some megabytes of events go nowhere; what tells them takes no longer, and the reader gets to know how many are lost. */
    @Test
    void aSlowReaderLosesEventsAndSlowsNothing() throws Exception {
        int changes = 25_000;
        Plan plan = Plan.of(Rule.of("r".repeat(200), new Limit(5)));
        try (Peer reader = listen()) {
            Clock clock = Clock.start();
            for (int i = 0; i < changes; i++) {
                proxy.plan(plan);
            }
            assertTrue(clock.millis() < 20_000, "took " + clock.millis() + " ms");
            long told = 0;
            long lost = 0;
            while (told + lost < changes) {
                String name = line(reader);
                String data = line(reader).substring("data:".length());
                if (name.equals("event:lost")) {
                    lost += ConfigFactory.parseString(data).getLong("events");
                } else {
                    told++;
                }
            }
            assertEquals(changes, told + lost);
            assertTrue(lost > 0, "nothing was lost");
            assertTrue(told >= EventsApi.CAPACITY, "told " + told);
        }
    }

    /** They aren't told, and their heads would be kept as long as the reader is slow. */
    @Test
    void exchangesTakeNoPlaceInTheQueue() throws Exception {
        String response = "HTTP/1.1 204 No Content\r\n\r\n";
        try (Origin web = Origin.answering(response)) {
            ProxyServer http = rig.fleet().add(TestProxy.spec(Protocol.HTTP, web.port()), true);
            Subscriber subscriber = new Subscriber(4);
            Consumer<Event> listener = event -> EventsApi.listen(subscriber, event);
            http.common().events().add(listener);
            try (Peer client = Peer.connect(http.address())) {
                for (int i = 0; i < 10; i++) {
                    assertEquals(
                            response,
                            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse());
                }
                http.plan(Plan.of(Rule.of("r", new Limit(5))));
                assertEquals("connection", told(subscriber));
                assertEquals("plan", told(subscriber));
            } finally {
                http.common().events().remove(listener);
            }
        }
    }

    private static String told(Subscriber subscriber) throws InterruptedException {
        return subscriber.next(Duration.ZERO).orElseThrow() instanceof Subscriber.News.Happened happened
                ? happened.name()
                : "nothing";
    }

    @Test
    void theEndOfTheApiEndsStreams() throws Exception {
        try (Peer reader = listen()) {
            rig.api().close();
            assertEquals("0\r\n\r\n", reader.read(5)); // the last chunk
        }
    }

    @Test
    void whoCannotReadThemIsTold() throws Exception {
        try (Peer client = Peer.connect(rig.address())) {
            client.send("GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nAuthorization: Bearer "
                    + NativeRig.TOKEN + "\r\n\r\n");
            assertTrue(client.readResponse().startsWith("HTTP/1.1 406 "));
        }
    }
}
