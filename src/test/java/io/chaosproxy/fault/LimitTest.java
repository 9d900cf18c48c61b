package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static io.chaosproxy.kit.Collector.bytes;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.stream.ConnectionAbort;
import io.chaosproxy.stream.Cutting;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

@Tag("fast")
final class LimitTest {
    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    private static void assertClosed(Executable doing) {
        ConnectionAbort severed = assertThrows(ConnectionAbort.class, doing);
        assertEquals(ConnectionAbort.How.CLOSE, severed.how());
        assertEquals("closed by rule test", severed.getMessage());
    }

    @Test
    void soManyBytesPassThenTheConnectionCloses() throws IOException {
        Sink sink = line.attach(new Limit(5), out);
        sink.write(bytes("abc"));
        assertEquals(List.of(), line.hits());
        assertClosed(() -> sink.write(bytes("defg")));
        assertEquals(List.of("0 abc", "0 de"), out.log());
        assertEquals(List.of("0 bytes 5 B"), line.hits());
    }

    @Test
    void itClosesBehindTheLastByteNotAtTheNext() {
        Sink sink = line.attach(new Limit(3), out);
        assertClosed(() -> sink.write(bytes("abc")));
        assertEquals(List.of("0 abc"), out.log());
    }

    @Test
    void zeroBytesLetNothingThrough() {
        Sink sink = line.attach(new Limit(0), out);
        assertClosed(() -> sink.write(bytes("abc")));
        assertEquals(List.of(), out.log());
    }

    @Test
    void aShorterStreamIsNotTouched() throws IOException {
        Sink sink = line.attach(new Limit(5), out);
        sink.write(bytes("abcd"));
        sink.end();
        assertEquals(List.of("0 abcd", "0 END"), out.log());
        assertEquals(List.of(), line.hits());
    }

    @Test
    void bytesThatALaterFaultHoldsBackPassFirst() throws IOException {
        HeldBack held = new HeldBack(out, line.clock(), ofMillis(70));
        Sink sink = line.attach(new Limit(3), new ForwardingSink(held));
        assertClosed(() -> sink.write(bytes("abcdef")));
        assertEquals(List.of("70 abc"), out.log());
    }

    @Test
    void whatHasPassedCountsOnWhenTheNumberIsEdited() throws IOException {
        Sink before = line.attach(new Limit(9), out);
        before.write(bytes("abc"));
        Sink after = FakeLine.down().replacing(before).attach(new Limit(5), out);
        assertClosed(() -> after.write(bytes("defg")));
        assertEquals(List.of("0 abc", "0 de"), out.log());
    }

    @Test
    void bytesThatAreTakenInSmallStepsCountOnce() {
        Sink sink = line.attach(new Limit(5), new OneByOne(out));
        assertClosed(() -> sink.write(bytes("abcdefg")));
        assertEquals("abcde", new String(out.all(), StandardCharsets.ISO_8859_1));
        assertEquals(List.of("0 bytes 5 B"), line.hits());
    }

    @Test
    void aChangeWhileTheLastBytesAreHeldBackStillCloses() {
        HeldBack held = new HeldBack(out, line.clock(), ofMillis(70)) {
            private boolean changed;

            @Override
            public void flush() throws IOException {
                if (!changed) {
                    changed = true;
                    throw new PlanChangedException();
                }
                super.flush();
            }
        };
        Sink sink = line.attach(new Limit(3), held);
        assertClosed(() -> sink.write(bytes("abc")));
        assertEquals(List.of("70 abc"), out.log());
        assertEquals(List.of("70 bytes 3 B"), line.hits());
    }

    @Test
    void refusals() {
        refused("bytes: must be 0 or more, not -1", () -> new Limit(-1));
    }

    @Test
    void overHeldContentItCutsIfTheNextByteWouldBeCut() throws IOException {
        Cutting cutting = (Cutting) new Limit(4).attach(out, line);
        cutting.cutIfDue();
        cutting.write(bytes("abc"));
        cutting.cutIfDue();
        assertEquals(List.of(), line.hits());
        Cutting due = (Cutting) new Limit(0).attach(out, line);
        assertClosed(due::cutIfDue);
        assertEquals(List.of("0 bytes 0 B"), line.hits());
    }

    @Test
    void usedUpItTakesSomeOfEachWrite() throws IOException {
        ByteBuffer data = bytes("abc");
        new Limit(0).attach(out, line.usedUp()).write(data);
        assertFalse(data.hasRemaining());
        assertEquals(List.of("0 abc"), out.log());
    }
}
