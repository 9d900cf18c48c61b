package cookbook;

import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static java.net.http.HttpResponse.BodyHandlers.ofString;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

@ChaosTest
class WireMockTest {
    // snippet: wiremock
    private static final WireMockServer WIREMOCK =
            new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort());

    @Chaos(upstream = "wiremock()")
    ChaosProxy prices;

    static String wiremock() {
        WIREMOCK.start();
        return WIREMOCK.baseUrl();
    }

    @Test
    void aBodyThatStopsShortIsNoPrice() throws Exception {
        WIREMOCK.stubFor(get("/price/42").willReturn(okJson("{\"cents\": 1999}")));
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest price =
                HttpRequest.newBuilder(URI.create(prices.url() + "/price/42")).build();
        try (var truncated = prices.inject(Truncate.at(5))) {
            assertThrows(IOException.class, () -> client.send(price, ofString()));
            assertEquals(1, truncated.hits());
        }
        assertEquals("{\"cents\": 1999}", client.send(price, ofString()).body());
        WIREMOCK.verify(2, getRequestedFor(urlEqualTo("/price/42")));
    }
    // end

    @AfterAll
    static void stop() {
        WIREMOCK.stop();
    }
}
