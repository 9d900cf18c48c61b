package io.chaosproxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.ExchangeFault;
import io.chaosproxy.fault.FaultContext;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.ForwardingSink;
import io.chaosproxy.flow.Sink;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A fault is added by its own file alone: one for each position, which nothing in the program has heard of. */
final class AddedFaultTest {
    /** Letters arrive as capitals. */
    private record Shout() implements StreamFault {
        @Override
        public String type() {
            return "shout";
        }

        @Override
        public Sink attach(Sink next, FaultContext context) {
            return new ForwardingSink(next) {
                @Override
                public void write(ByteBuffer bytes) throws IOException {
                    String text = US_ASCII.decode(bytes.duplicate()).toString();
                    boolean changes = !text.equals(text.toUpperCase(Locale.ROOT))
                            && context.hit(Sample.bytes("length", text.length()));
                    ByteBuffer changed = changes
                            ? ByteBuffer.wrap(text.toUpperCase(Locale.ROOT).getBytes(US_ASCII))
                            : bytes.duplicate();
                    int size = changed.remaining();
                    next.write(changed);
                    bytes.position(bytes.position() + size - changed.remaining());
                }
            };
        }
    }

    /** The door closes at once. */
    private record Shut() implements AcceptFault {
        @Override
        public String type() {
            return "shut";
        }

        @Override
        public How how() {
            return How.CLOSE;
        }

        @Override
        public Duration delay() {
            return Duration.ZERO;
        }
    }

    /** A response that names its request. */
    private record Teapot() implements ExchangeFault {
        @Override
        public String type() {
            return "teapot";
        }

        @Override
        public Optional<Response> response() {
            return Optional.of(Response.of(418, "short and stout", Map.of("X-Pot", "tea")));
        }

        @Override
        public Optional<HeaderChange> edits(Direction message) {
            return message == Direction.DOWN
                    ? Optional.of(new HeaderChange(Map.of("X-Lid", "on"), List.of()))
                    : Optional.empty();
        }
    }

    @Test
    void aFaultOfTheStream() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(
                        origin.port(), Rule.of("loud", new Shout()).maxHits(1));
                Peer client = Peer.connect(proxy.address())) {
            client.send("hello");
            assertEquals("HELLO", client.read(5));
            client.send(" again");
            assertEquals(" AGAIN", client.read(6), "one hit is one for the connection");
            assertEquals(1, proxy.common().journal().hits(proxy.name(), "loud"));
        }
    }

    @Test
    void aFaultAtAccept() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port(), Rule.of("door", new Shut()));
                Peer client = Peer.connect(proxy.address())) {
            assertEquals("end", client.ending());
            assertEquals(1, proxy.common().journal().hits(proxy.name(), "door"));
        }
    }

    @Test
    void aFaultOfAnExchange() throws Exception {
        Rule rule = Rule.of("pot", new Teapot());
        try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                ProxyServer proxy = TestProxy.http(origin.port(), rule);
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            String response = client.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 418 "), response);
            assertTrue(response.contains("X-Pot: tea\r\n"), response);
            assertTrue(response.contains("X-Lid: on\r\n"), response);
            assertTrue(response.endsWith("short and stout"), response);
        }
        assertThrows(InvalidValueException.class, () -> rule.checkFor(Protocol.TCP));
    }
}
