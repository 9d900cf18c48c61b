package io.chaosproxy.helidon;

import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

final class ExampleServiceTest {
    @Test
    void aCartMeetsChaosOnBothSides() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient();
                ExampleService example = new ExampleService(0)) {
            HttpRequest cart = HttpRequest.newBuilder(URI.create(example.url() + "/cart/7"))
                    .build();
            assertEquals(
                    "cart of order 7: 3 apples\n",
                    http.send(cart, BodyHandlers.ofString()).body());

            var late = example.ordersChaos().inject(Latency.of(ofMillis(300)));
            long start = System.nanoTime();
            assertEquals(
                    "cart of order 7: 3 apples\n",
                    http.send(cart, BodyHandlers.ofString()).body());
            assertTrue(System.nanoTime() - start >= ofMillis(300).toNanos());
            assertEquals(1, late.hits());
            late.close();

            var busy = example.shopChaos()
                    .inject(Rule.of("busy", Respond.of(503))
                            .when(Match.path("/cart/*").first(1)));
            HttpResponse<String> refused = http.send(cart, BodyHandlers.ofString());
            assertEquals(503, refused.statusCode());
            assertEquals(200, http.send(cart, BodyHandlers.ofString()).statusCode());
            busy.close();

            var cut = example.shopChaos().inject(Reset.inBody());
            assertThrows(IOException.class, () -> http.send(cart, BodyHandlers.ofString()));
            assertTrue(cut.hits() >= 1);
            cut.close();
            assertEquals(200, http.send(cart, BodyHandlers.ofString()).statusCode());
            assertTrue(example.shopChaos().journal().toString().contains("GET /cart/7 met busy (respond)"));
        }
    }

    /** The program of src/docs/helidon.md, with Enter pressed at once. */
    @Test
    void theProgramRuns() throws Exception {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(new byte[] {'\n'}));
        try {
            ExampleService.main(new String[] {"0"});
        } finally {
            System.setIn(before);
        }
    }
}
