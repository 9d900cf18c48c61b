package io.chaosproxy.resources;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pollers that are platform threads, as they are before JDK 25 and elsewhere than on Linux. */
final class PlatformPollerTest {
    private static final String OPTION = "-Dchaosproxy.poller=platform";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @Test
    void exchangesAreRelayed() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyProcess proxy = ProxyProcess.start(Protocol.HTTP, origin.port(), OPTION)) {
            List<Peer> clients = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                clients.add(Peer.connect(proxy.address()));
            }
            for (int round = 0; round < 3; round++) {
                for (Peer client : clients) {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                }
                for (Peer client : clients) {
                    assertEquals(RESPONSE, client.readResponse());
                }
            }
            leave(clients, proxy);
        }
    }

    @Test
    void bytesAreRelayedBothWays() throws Exception {
        String data = "0123456789".repeat(100_000);
        try (Origin origin = Origin.echo();
                ProxyProcess proxy = ProxyProcess.start(Protocol.TCP, origin.port(), OPTION);
                Peer client = Peer.connect(proxy.address())) {
            for (int round = 0; round < 3; round++) {
                Thread sending = Thread.ofVirtual().start(() -> send(client, data));
                assertEquals(data, client.read(data.length()));
                sending.join();
            }
            leave(List.of(client), proxy);
        }
    }

    private static void send(Peer client, String data) {
        try {
            client.send(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void leave(List<Peer> clients, ProxyProcess proxy) throws Exception {
        for (Peer client : clients) {
            client.close();
        }
        TestProxy.await("those that left are forgotten", () -> {
            try {
                return proxy.connections() == 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
