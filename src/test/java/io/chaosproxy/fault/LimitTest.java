package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static io.chaosproxy.kit.Collector.bytes;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.flow.Severed;
import io.chaosproxy.flow.Sink;
import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class LimitTest {
    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    private static void assertClosed(Executable doing) {
        Severed severed = assertThrows(Severed.class, doing);
        assertEquals(Severed.How.CLOSE, severed.how());
        assertEquals("closed by rule test", severed.getMessage());
    }

    @Test
    void soManyBytesPassThenTheConnectionCloses() throws IOException {
        Sink sink = new Limit(5).attach(out, line);
        sink.write(bytes("abc"));
        assertEquals(List.of(), line.hits());
        assertClosed(() -> sink.write(bytes("defg")));
        assertEquals(List.of("0 abc", "0 de"), out.log());
        assertEquals(List.of("0 bytes 5 B"), line.hits());
    }

    @Test
    void itClosesBehindTheLastByteNotAtTheNext() {
        Sink sink = new Limit(3).attach(out, line);
        assertClosed(() -> sink.write(bytes("abc")));
        assertEquals(List.of("0 abc"), out.log());
    }

    @Test
    void zeroBytesLetNothingThrough() {
        Sink sink = new Limit(0).attach(out, line);
        assertClosed(() -> sink.write(bytes("abc")));
        assertEquals(List.of(), out.log());
    }

    @Test
    void aShorterStreamIsNotTouched() throws IOException {
        Sink sink = new Limit(5).attach(out, line);
        sink.write(bytes("abcd"));
        sink.end();
        assertEquals(List.of("0 abcd", "0 END"), out.log());
        assertEquals(List.of(), line.hits());
    }

    @Test
    void bytesThatALaterFaultHoldsBackPassFirst() throws IOException {
        HeldBack held = new HeldBack(out, line.clock(), ofMillis(70));
        Sink sink = new Limit(3).attach(new Passing(held), line);
        assertClosed(() -> sink.write(bytes("abcdef")));
        assertEquals(List.of("70 abc"), out.log());
    }

    @Test
    void whatHasPassedCountsOnWhenTheNumberIsEdited() throws IOException {
        Sink before = new Limit(9).attach(out, line);
        before.write(bytes("abc"));
        Sink after = new Limit(5).attach(out, FakeLine.down().replacing(before));
        assertClosed(() -> after.write(bytes("defg")));
        assertEquals(List.of("0 abc", "0 de"), out.log());
    }

    @Test
    void refusals() {
        refused("bytes: must be 0 or more, not -1", () -> new Limit(-1));
    }
}
