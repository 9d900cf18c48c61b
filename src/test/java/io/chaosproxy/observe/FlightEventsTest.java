package io.chaosproxy.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightEventsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    @TempDir
    private Path folder;

    @Test
    void recordsConnectionsExchangesAndHits() throws Exception {
        Path file = folder.resolve("a.jfr");
        try (Origin origin = Origin.answering(OK);
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.HTTP, origin.port(), TestProxy.rule(Latency.of(Duration.ofMillis(40)))),
                        1);
                Recording recording = new Recording()) {
            FlightEvents.record(proxy.common().events());
            CountDownLatch closed = new CountDownLatch(1);
            proxy.common()
                    .events()
                    .add(
                            event -> { // behind the recorder, which has the event by then
                                if (event instanceof Event.Closed) {
                                    closed.countDown();
                                }
                            });
            recording.start();
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            }
            assertTrue(closed.await(60, TimeUnit.SECONDS));
            recording.stop();
            recording.dump(file);
        }

        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        RecordedEvent connection = only(events, "io.chaosproxy.Connection");
        assertEquals("http", connection.getString("proxy"));
        assertEquals(1, connection.getLong("number"));
        assertTrue(connection.getString("client").startsWith("127.0.0.1:"), connection.toString());
        assertEquals(OK.length(), connection.getLong("down"));
        RecordedEvent exchange = only(events, "io.chaosproxy.Exchange");
        assertEquals("GET /a HTTP/1.1", exchange.getString("request"));
        assertEquals(200, exchange.getInt("status"));
        assertEquals(5, exchange.getLong("bytes"));
        assertEquals("latency", exchange.getString("hits"));
        assertTrue(exchange.getDuration("firstByte").toMillis() >= 40);
        assertTrue(exchange.getDuration().toMillis() >= 40);
        assertTrue(connection.getDuration().compareTo(exchange.getDuration()) >= 0);
        RecordedEvent hit = only(events, "io.chaosproxy.Hit");
        assertEquals("latency", hit.getString("rule"));
        assertEquals("delay 40.000 ms", hit.getString("drawn"));
    }

    private static RecordedEvent only(List<RecordedEvent> events, String name) {
        List<RecordedEvent> found = events.stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .toList();
        assertEquals(1, found.size(), name);
        return found.getFirst();
    }
}
