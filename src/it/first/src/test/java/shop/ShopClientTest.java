package shop;

// snippet: first
import static java.net.http.HttpResponse.BodyHandlers.discarding;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;

@ChaosTest
class ShopClientTest {
    @Test
    void getsTheErrorThatTheRuleSays(@Chaos(upstream = "http://localhost:9000") ChaosProxy shop) throws Exception {
        shop.inject(Respond.of(503)); // also: Latency.of(ofSeconds(2)), Reset.atFirstByte(), Outage.of(ofMinutes(1))
        var request = HttpRequest.newBuilder(URI.create(shop.url() + "/cart")).build();
        assertEquals(503, HttpClient.newHttpClient().send(request, discarding()).statusCode());
    }
}
// end
