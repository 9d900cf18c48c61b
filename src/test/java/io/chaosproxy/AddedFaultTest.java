package io.chaosproxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.ExchangeFault;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A fault is added by its own file alone: one for each position, which nothing in the program has heard of. */
@SuppressWarnings("EffectivelyPrivate") // as on the page, where it is public
final class AddedFaultTest {
    /** After each stretch of bytes nothing moves for a while. */
    record Stutter(long after, Duration delay) implements StreamFault {
        static {
            StreamEffects.add(Stutter.class, Stutter::attach);
        }

        public Stutter {
            Check.that(after > 0, "after", "must be above 0, not " + after);
            Check.duration("delay", delay);
        }

        @Override
        public String type() {
            return "stutter";
        }

        private Sink attach(Sink next, FaultContext context) {
            return new ForwardingSink(next) {
                private long left = after;
                private boolean hit; // of the present pause

                @Override
                public void write(ByteBuffer bytes) throws IOException {
                    if (left == 0 && bytes.hasRemaining()) {
                        pause(context);
                        left = after;
                    }
                    write(bytes, (int) Math.min(left, bytes.remaining())); // one step: the caller offers the rest again
                }

                private void pause(FaultContext context) throws IOException {
                    hit = hit || context.hitNanos("delay", delay.toNanos());
                    if (hit) {
                        context.pause(delay.toNanos());
                        hit = false;
                    }
                }

                @Override
                protected void passed(int count) {
                    left -= count;
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
        Rule rule = Rule.of("stutter", new Stutter(3, Duration.ofMillis(150)));
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule);
                Peer client = Peer.connect(proxy.address())) {
            long begun = System.nanoTime();
            client.send("abcdefgh");
            assertEquals("abcdefgh", client.read(8));
            assertTrue(System.nanoTime() - begun >= Duration.ofMillis(300).toNanos());
            assertEquals(1, proxy.common().journal().hits(proxy.name(), "stutter"));
        }
    }

    @Test
    void anAddedFaultInVirtualTime() throws Exception {
        FakeLine line = FakeLine.down();
        Collector out = line.collector();
        Sink sink = line.attach(new Stutter(3, Duration.ofMillis(300)), out);
        sink.write(ByteBuffer.wrap("abcdefgh".getBytes(US_ASCII)));
        sink.end();
        assertEquals(List.of("0 abc", "300 def", "600 gh", "600 END"), out.log());
        assertEquals(List.of("0 delay 300.000 ms"), line.hits()); // once for the exchange
    }

    /** The page shows what compiles here. */
    @Test
    void thePageShowsThisFault() throws IOException {
        Path page = Path.of("src", "docs", "adding-a-fault.md");
        Path test = Path.of("src", "test", "java", "io", "chaosproxy", "AddedFaultTest.java");
        String code = Files.readString(test);
        String shown = Files.readString(page);
        String example = shown.substring(shown.indexOf("/** After each stretch"));
        example = example.substring(0, example.indexOf("```")).replace("public record", "record");
        assertTrue(
                code.replace("\n    ", "\n").contains(example.strip()),
                "the example of " + page + " is not in " + test);
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
