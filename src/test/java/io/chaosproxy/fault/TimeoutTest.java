package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static io.chaosproxy.kit.Collector.bytes;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.stream.ConnectionAbort;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class TimeoutTest {
    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    @Test
    void dataIsSwallowedForEver() throws IOException {
        Sink sink = Timeout.never().attach(out, line);
        ByteBuffer data = bytes("abc");
        sink.write(data);
        assertFalse(data.hasRemaining());
        line.clock().advance(ofSeconds(100_000));
        sink.write(bytes("def"));
        line.runSpawned();
        assertEquals(List.of(), out.log());
        assertEquals(List.of(), line.severed());
        assertEquals(List.of("0"), line.hits());
    }

    @Test
    void theEndIsSwallowedOrItWouldPassForAWholeAnswer() throws IOException {
        Sink sink = Timeout.never().attach(out, line);
        sink.write(bytes("abc"));
        sink.end();
        assertEquals(List.of(), out.log());
    }

    @Test
    void theConnectionClosesAfterTheSilence() {
        Timeout after = new Timeout(ofMillis(500));
        after.attach(out, line);
        line.clock().advance(ofMillis(100));
        line.runSpawned();
        assertEquals(List.of("600 closed by rule test"), line.severed());
        assertEquals(List.of(), out.log());
    }

    @Test
    void dataStartsTheSilenceAnew() throws IOException {
        Sink sink = new Timeout(ofMillis(500)).attach(out, line);
        line.clock().advance(ofMillis(300));
        sink.write(bytes("a"));
        line.clock().advance(ofMillis(-300)); // the watch has been looking since the beginning
        line.runSpawned();
        assertEquals(List.of("800 closed by rule test"), line.severed());
    }

    @Test
    void aLiftedRuleClosesWhatItHeld() {
        Sink sink = new Timeout(ofMillis(500)).attach(out, line.liftAfter(ofMillis(200)));
        line.runSpawned();
        assertEquals(List.of(), line.severed());
        ConnectionAbort severed = assertThrows(ConnectionAbort.class, sink::removed);
        assertEquals(ConnectionAbort.How.CLOSE, severed.how());
        assertEquals("closed by rule test", severed.getMessage());
    }

    @Test
    void anEditedRuleClosesNothing() throws IOException {
        Sink sink = Timeout.never().attach(out, line);
        sink.write(bytes("a"));
        sink.replaced();
        assertEquals(List.of(), out.log());
    }

    @Test
    void refusals() {
        refused("silence: must not be negative, not PT-1S", () -> new Timeout(ofSeconds(-1)));
    }

    @Test
    void usedUpItEndsItsWatchAndLeavesTheChain() throws IOException {
        Sink sink = new Timeout(ofMillis(500)).attach(out, line.usedUp());
        sink.write(bytes("a"));
        line.runSpawned();
        assertEquals(0, line.clock().millis());
        assertEquals(List.of(), line.severed());
        assertTrue(sink.removed());
        sink.end();
        assertEquals(List.of("0 a", "0 END"), out.log());
    }

    @Test
    void anotherOneTakesThePlaceOfAnEditedRuleAtOnce() throws IOException {
        Sink sink = Timeout.never().attach(out, line);
        sink.write(bytes("a"));
        assertTrue(sink.replaced());
    }
}
