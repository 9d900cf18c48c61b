package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.ChaosServer;
import io.chaosproxy.client.ApiClient;
import io.chaosproxy.client.ApiException;
import io.chaosproxy.client.DefaultApi;
import io.chaosproxy.client.model.ByteRate;
import io.chaosproxy.client.model.Duration;
import io.chaosproxy.client.model.Fault;
import io.chaosproxy.client.model.Hit;
import io.chaosproxy.client.model.Latency;
import io.chaosproxy.client.model.LatencyRule;
import io.chaosproxy.client.model.PatchProxyRequest;
import io.chaosproxy.client.model.PlanEvent;
import io.chaosproxy.client.model.Proxy;
import io.chaosproxy.client.model.ProxyStats;
import io.chaosproxy.client.model.PutProxyRequest;
import io.chaosproxy.client.model.Rate;
import io.chaosproxy.client.model.RateRule;
import io.chaosproxy.client.model.When;
import io.chaosproxy.config.ConfigReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Uses a client that was generated from the OpenAPI document against an embedded proxy. */
class ApiClientTest {
    private HttpServer shop;
    private ChaosServer server;
    private ApiClient client;
    private DefaultApi api;

    @BeforeEach
    void start() throws IOException {
        shop = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        shop.createContext("/", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        shop.start();
        server = ChaosServer.start(
                ConfigReader.read(ConfigFactory.parseString("chaos-proxy.control.listen = \"127.0.0.1:0\"")));
        client = new ApiClient();
        client.updateBaseUri(
                "http://127.0.0.1:" + server.controlAddress().orElseThrow().getPort());
        api = new DefaultApi(client);
    }

    @AfterEach
    void stop() {
        server.close();
        shop.stop(0);
    }

    private void add(String name, Map<String, Fault> faults) throws ApiException {
        PutProxyRequest proxy = new PutProxyRequest()
                .protocol(PutProxyRequest.ProtocolEnum.HTTP)
                .listen("127.0.0.1:0")
                .upstream("http://127.0.0.1:" + shop.getAddress().getPort());
        faults.forEach(proxy::putFaultsItem);
        api.putProxy(name, proxy);
    }

    private static Fault latency(String delay) {
        return new Fault(new Latency().type(Latency.TypeEnum.LATENCY).delay(new Duration(delay)));
    }

    private void visit(String proxy) throws Exception {
        URI url = URI.create("http://" + api.getProxy(proxy).getAddress() + "/orders");
        HttpClient visitor = HttpClient.newHttpClient();
        assertEquals(
                204,
                visitor.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.discarding())
                        .statusCode());
    }

    @Test
    void rulesComeBackTyped() throws Exception {
        assertEquals(Map.of(), api.listProxies().getProxies());
        add("shop", Map.of("slow", latency("100ms")));

        LatencyRule slow = assertInstanceOf(
                LatencyRule.class,
                api.listProxies().getProxies().get("shop").getRules().getFirst().getActualInstance());
        assertEquals("slow", slow.getName());
        assertEquals("100ms", slow.getDelay().getActualInstance());

        Rate rate = new Rate().type(Rate.TypeEnum.RATE).rate(new ByteRate("64KiB"));
        api.putRule("shop", "link", new Fault(rate.when(new When().path("/orders/**"))), null, null);
        RateRule link = api.getRule("shop", "link").getRateRule();
        assertEquals("/orders/**", link.getWhen().getPath());
        assertEquals(0L, link.getHits());
    }

    @Test
    void aPatchChangesOneField() throws Exception {
        add("shop", Map.of("slow", latency("100ms")));
        LatencyRule patched =
                api.patchRule("shop", "slow", Map.of("max-hits", 3), null).getLatencyRule();
        assertEquals(3L, patched.getMaxHits());
        assertEquals("100ms", patched.getDelay().getActualInstance());
    }

    @Test
    void aPatchOfAProxyLeavesItsOtherFields() throws Exception {
        add("shop", Map.of());
        api.patchProxy("shop", new PatchProxyRequest().maxConnections(7).latency(new Duration("5ms")), null);
        Proxy patched = api.patchProxy("shop", new PatchProxyRequest().drain(new Duration("2s")), null);
        assertEquals(7, patched.getMaxConnections());
        assertEquals("5ms", patched.getLatency().getActualInstance());
        assertEquals(Proxy.ProtocolEnum.HTTP, patched.getProtocol());
    }

    @Test
    void errorsAreReported() {
        ApiException refused = assertThrows(ApiException.class, () -> add("shop", Map.of("slow", latency("soon"))));
        assertEquals(400, refused.getCode());
        assertTrue(refused.getResponseBody().contains("must be a duration"), refused.getResponseBody());
    }

    @Test
    void statisticsAndHitsAreTyped() throws Exception {
        add("shop", Map.of("slow", latency("1ms")));
        visit("shop");
        ProxyStats stats = api.getStats().getProxies().get("shop");
        assertEquals(1L, stats.getExchanges());
        assertEquals(Map.of("slow", 1L), stats.getHits());
        Hit hit = api.getJournal("shop", null, null).getHits().getFirst();
        assertEquals("GET /orders", hit.getRequest());
        assertEquals(Hit.class, hit.getClass());
        assertEquals(server.seed(), api.getJournal(null, null, null).getSeed());
    }

    /** The generated method for the stream of events would wait for its end; the generated types of its events are of use. */
    @Test
    void eventsAreTyped() throws Exception {
        add("shop", Map.of());
        URI url = URI.create(client.getBaseUri() + "/api/v1/events?types=plan");
        HttpResponse<Stream<String>> events = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = events.body()) {
            api.putRule("shop", "slow", latency("1ms"), null, null);
            Iterator<String> data =
                    lines.filter(line -> line.startsWith("data:")).iterator();
            PlanEvent event =
                    client.getObjectMapper().readValue(data.next().substring("data:".length()), PlanEvent.class);
            assertEquals("shop", event.getProxy());
            assertEquals(List.of("slow"), event.getRules());
        }
    }
}
