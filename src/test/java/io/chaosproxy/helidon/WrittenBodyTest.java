package io.chaosproxy.helidon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.inject.InProcessConnection;
import io.chaosproxy.inject.InProcessExchange;
import io.chaosproxy.inject.InProcessInjector;
import io.chaosproxy.kit.Sent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
final class WrittenBodyTest {
    private static final Rule WIDE = Rule.of("wide", Rate.of(1_000_000_000));
    private static final Rule NEXT =
            Rule.of("next", Latency.of(Duration.ofNanos(1))).when(Match.ANY.first(1));

    private final InProcessInjector injector = new InProcessInjector("shop", 1, TimeSource.SYSTEM, plan -> {});
    private final InProcessConnection connection =
            new InProcessConnection(injector, 1, InetAddress.getLoopbackAddress(), new AtomicLong());

    private InProcessExchange begin() {
        return connection.begin(Sent.get("/"));
    }

    /** A client that puts a rule as soon as it has all bytes of a body. */
    private final class Client extends OutputStream {
        private final int length;
        private int received;

        Client(int length) {
            this.length = length;
        }

        @Override
        public void write(int b) {
            received++;
            if (received == length) {
                injector.change(before -> new Plan(List.of(WIDE, NEXT)));
            }
        }
    }

    /** A service may send the same array each time. */
    @Test
    void theArrayOfTheServiceStaysAsItIs() throws IOException {
        byte[] bytes = "as it was".getBytes(StandardCharsets.US_ASCII);
        byte[] before = bytes.clone();
        injector.change(any -> Plan.of(Rule.of("broken", Corrupt.of(1, 1))));
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        InProcessExchange exchange = begin();
        exchange.head(Direction.DOWN, 100);
        try (OutputStream body = new WrittenBody(exchange, sent, AbortHandler.Step::run, WrittenBody.PASSED, -1)) {
            body.write(bytes, 3, 4);
        }
        assertEquals(4, sent.size());
        assertFalse(Arrays.equals(before, 3, 7, sent.toByteArray(), 0, 4));
        assertArrayEquals(before, bytes);
    }

    /** The ordinals of a rule count exchanges, and one of which the client has the last byte is over. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRuleThatComesAfterTheLastByteDoesntCountTheExchange(boolean announced) throws IOException {
        injector.change(before -> Plan.of(WIDE));
        InProcessExchange exchange = begin();
        WrittenBody.Head head = length -> exchange.head(Direction.DOWN, 100);
        exchange.target().contentLength(6);
        exchange.touchesBody(Direction.DOWN);
        if (announced) {
            head.pass(6);
        }
        try (OutputStream body = new WrittenBody(
                exchange,
                new Client(6),
                AbortHandler.Step::run,
                announced ? WrittenBody.PASSED : head,
                announced ? 6 : -1)) {
            body.write(new byte[announced ? 4 : 6]);
            if (announced) {
                body.write(new byte[2]);
            }
        }
        assertTrue(exchange.target().isOver());
        begin().head(Direction.DOWN, 100);
        assertEquals(1, injector.journal().hits().size());
        assertEquals(2, injector.journal().hits().getFirst().exchange());
    }
}
