package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.Proxy;
import org.junit.jupiter.api.Test;

final class HttpRelayTest {
    @Test
    void keepsTheConnectionForTheNextExchange() throws Exception {
        String response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        try (Origin origin = Origin.answering(response);
                Proxy proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 3; i++) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                assertEquals(response, client.readResponse());
            }
            assertEquals(1, proxy.traffic().connections());
            assertEquals(3, proxy.traffic().exchanges());
        }
    }
}
