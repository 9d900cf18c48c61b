package io.chaosproxy.helidon;

import static java.time.Duration.ofMillis;

import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.helidon.http.Status;
import io.helidon.webclient.api.ClientResponseTyped;
import io.helidon.webclient.api.WebClient;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;

/** A shop that asks a service for its orders, with chaos before the shop and between the two. */
final class ExampleService implements AutoCloseable {
    private final ChaosFilter shopChaos = ChaosFilter.create("shop", 42);
    private final ChaosService ordersChaos = ChaosService.create("orders", 42);
    private final WebServer orders;
    private final WebServer shop;
    private final WebClient client;

    ExampleService(int port) {
        orders = WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .shutdownHook(false)
                .routing(routing -> routing.get("/orders/{id}", ExampleService::order))
                .build()
                .start();
        // snippet: service
        client = WebClient.builder()
                .baseUri("http://127.0.0.1:" + orders.port())
                .addService(ordersChaos) // a ChaosService: what goes wrong with calls
                .build();
        shop = WebServer.builder()
                .host("127.0.0.1")
                .port(port)
                .shutdownHook(false)
                .connectionOptions(shopChaos.sockets()) // so that connections can be reset
                .routing(routing -> routing.addFilter(shopChaos) // a ChaosFilter: with the shop
                        .get("/cart/{id}", this::cart))
                .build()
                .start();
        // end
    }

    private static void order(ServerRequest request, ServerResponse response) {
        response.send("order " + request.path().pathParameters().get("id") + ": 3 apples");
    }

    private void cart(ServerRequest request, ServerResponse response) {
        String id = request.path().pathParameters().get("id");
        try {
            ClientResponseTyped<String> order = client.get("/orders/" + id).request(String.class);
            response.send("cart of " + order.entity() + "\n");
        } catch (UncheckedIOException e) {
            response.status(Status.BAD_GATEWAY_502).send("no orders now\n");
        }
    }

    private void misbehave() {
        // snippet: chaos
        shopChaos.inject(Rule.of("busy", Respond.of(503, "come again\n"))
                .when(Match.path("/cart/*").nth(3)));
        ordersChaos.inject(Latency.between(ofMillis(200), ofMillis(800)));
        // end
    }

    ChaosFilter shopChaos() {
        return shopChaos;
    }

    ChaosService ordersChaos() {
        return ordersChaos;
    }

    String url() {
        return "http://127.0.0.1:" + shop.port();
    }

    @Override
    public void close() {
        client.closeResource();
        shop.stop();
        orders.stop();
    }

    /** Runs until Enter is pressed: every third cart is refused, and orders are late. */
    public static void main(String[] args) throws Exception {
        try (ExampleService example = new ExampleService(args.length == 0 ? 8080 : Integer.parseInt(args[0]))) {
            example.misbehave();
            System.out.println("try: curl -i " + example.url() + "/cart/1     (Enter ends it)");
            System.in.read();
            System.out.println(example.shopChaos.journal());
            System.out.println(example.ordersChaos.journal());
        }
    }
}
