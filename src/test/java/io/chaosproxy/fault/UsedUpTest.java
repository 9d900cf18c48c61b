package io.chaosproxy.fault;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.RateSchedule;
import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A rule whose hits are used up lets pass, without delay and without an entry in the journal. */
@Tag("fast")
final class UsedUpTest {
    static List<StreamFault> faults() {
        return List.of(
                Latency.of(ofSeconds(1)),
                Rate.of(1),
                Outage.of(ofSeconds(1)),
                Reset.atFirstByte(),
                Reset.inBody(),
                Timeout.never(),
                SlowClose.of(ofSeconds(1)),
                Slice.of(1, ofSeconds(1)),
                Limit.of(2),
                Corrupt.of(1, 1),
                Truncate.at(2),
                Truncate.anywhere());
    }

    @ParameterizedTest
    @MethodSource("faults")
    void itLetsPass(StreamFault fault) throws IOException {
        FakeLine line = FakeLine.down().usedUp();
        line.link(new RateLimiter(line.clock(), RateSchedule.constant(1)));
        Collector out = line.collector();
        Sink sink = line.attach(fault, out);
        ByteBuffer bytes = ByteBuffer.wrap("abcdef".getBytes(ISO_8859_1));
        while (bytes.hasRemaining()) {
            sink.write(bytes);
        }
        sink.end();
        assertEquals("abcdef", new String(out.all(), ISO_8859_1));
        assertEquals("0 END", out.log().getLast());
        assertEquals(List.of(), line.hits());
    }
}
