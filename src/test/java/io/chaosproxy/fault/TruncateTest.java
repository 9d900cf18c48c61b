package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static io.chaosproxy.kit.Collector.bytes;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

@Tag("fast")
final class TruncateTest {
    private static final Truncate AT_5 = new Truncate(OptionalLong.of(5));
    private static final Truncate ANYWHERE = new Truncate(OptionalLong.empty());

    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    private static void assertClosed(Executable doing) {
        ConnectionAbort severed = assertThrows(ConnectionAbort.class, doing);
        assertEquals(ConnectionAbort.How.CLOSE, severed.how());
        assertEquals("closed by rule test", severed.getMessage());
    }

    @Test
    void theBodyStopsShort() throws IOException {
        Sink sink = line.contentLength(9).attach(AT_5, out);
        sink.write(bytes("abc"));
        assertClosed(() -> sink.write(bytes("defghi")));
        assertEquals(List.of("0 abc", "0 de"), out.log());
        assertEquals(List.of("0 at 5 B"), line.hits());
    }

    @Test
    void itDoesNotWaitForTheNextByteOfABodyThatIsLonger() {
        Sink sink = line.contentLength(9).attach(AT_5, out);
        assertClosed(() -> sink.write(bytes("abcde")));
        Collector second = line.collector();
        Sink chunk = FakeLine.down().moreContent().attach(AT_5, second);
        assertClosed(() -> chunk.write(bytes("abcde")));
        assertEquals(List.of("0 abcde"), second.log());
    }

    @Test
    void aBodyOfUnknownLengthIsKnownToBeLongerAtItsNextByte() throws IOException {
        Sink sink = line.attach(AT_5, out);
        sink.write(bytes("abcde"));
        assertClosed(() -> sink.write(bytes("f")));
        FakeLine midway = FakeLine.down().midway().contentLength(9); // of which 4 have passed before
        Sink late = midway.attach(AT_5, midway.collector());
        late.write(bytes("abcde"));
        late.end();
        assertEquals(List.of(), midway.hits());
    }

    @Test
    void aBodyThatIsNotLongerPassesUntouched() throws IOException {
        Sink sink = line.contentLength(5).attach(AT_5, out);
        sink.write(bytes("abcde"));
        sink.end();
        assertEquals(List.of("0 abcde", "0 END"), out.log());
        assertEquals(List.of(), line.hits());
    }

    @Test
    void atZeroNothingOfTheBodyArrives() {
        Sink sink = line.contentLength(3).attach(new Truncate(OptionalLong.of(0)), out);
        assertClosed(() -> sink.write(bytes("abc")));
        assertEquals(List.of(), out.log());
        assertEquals(List.of("0 at 0 B"), line.hits());
    }

    @Test
    void drawnAnywhereBelowTheAnnouncedLength() {
        Set<Integer> lengths = new TreeSet<>();
        for (int seed = 0; seed < 200; seed++) {
            FakeLine body = FakeLine.down().seed(seed).contentLength(8);
            Collector client = body.collector();
            Sink sink = body.attach(ANYWHERE, client);
            assertClosed(() -> {
                sink.write(bytes("0123"));
                sink.write(bytes("4567"));
            });
            lengths.add(client.all().length);
            assertEquals(List.of("0 at " + client.all().length + " B"), body.hits());
        }
        assertEquals(Set.of(0, 1, 2, 3, 4, 5, 6, 7), lengths);
    }

    @Test
    void withoutALengthThatIsKnownOnlyTheEndIsSureToBeMissing() throws IOException {
        Sink sink = line.attach(ANYWHERE, out);
        sink.write(bytes("a"));
        assertClosed(sink::end);
        assertEquals(List.of("0 a"), out.log());
        assertEquals(List.of("0 at 1 B"), line.hits());
    }

    /** As of a service whose Content-Length is wrong. */
    @Test
    void aLengthOfZeroThatBytesFollowIsNone() throws IOException {
        Sink sink = line.contentLength(0).attach(ANYWHERE, out);
        sink.write(bytes("a"));
        assertClosed(sink::end);
        assertEquals(List.of("0 at 1 B"), line.hits());
    }

    @Test
    void thereIsNothingToCutOffAMessageWithoutABody() throws IOException {
        line.attach(ANYWHERE, out).end();
        assertEquals(List.of("0 END"), out.log());
        assertEquals(List.of(), line.hits());
    }

    @Test
    void bytesThatALaterFaultHoldsBackPassFirst() {
        HeldBack held = new HeldBack(out, line.clock(), ofMillis(70));
        Sink sink = line.attach(AT_5, new ForwardingSink(held));
        assertClosed(() -> sink.write(bytes("abcdef")));
        assertEquals(List.of("70 abcde"), out.log());
    }

    @Test
    void itIsAboutTheContentOfHttp() {
        assertTrue(AT_5.httpOnly());
        assertTrue(AT_5.onContent());
    }

    @Test
    void bytesThatAreTakenInSmallStepsCountOnce() {
        Sink sink = line.attach(AT_5, new OneByOne(out));
        assertClosed(() -> sink.write(bytes("abcdefg")));
        assertEquals("abcde", new String(out.all(), StandardCharsets.ISO_8859_1));
        assertEquals(List.of("0 at 5 B"), line.hits());
    }

    @Test
    void refusals() {
        refused("at: must be 0 or more, not -1", () -> new Truncate(OptionalLong.of(-1)));
    }

    @Test
    void aWriteWithoutBytesCutsNothing() throws IOException {
        Sink sink = new Truncate(OptionalLong.of(0)).attach(out, line.moreContent());
        sink.write(bytes(""));
        assertEquals(List.of(), line.hits());
        assertClosed(() -> sink.write(bytes("a")));
    }

    @Test
    void aChangeOfThePlanDoesNotDrawAnew() {
        for (int seed = 0; seed < 50; seed++) {
            int[] passed = new int[2];
            for (int change = 0; change < 2; change++) {
                FakeLine body = FakeLine.down().seed(seed).contentLength(4);
                Collector client = body.collector();
                Sink next = change == 0 ? client : new Recalled(client);
                assertClosed(() -> body.attach(ANYWHERE, next).write(bytes("abcd")));
                passed[change] = client.all().length;
            }
            assertEquals(passed[0], passed[1]);
        }
    }

    @Test
    void nothingIsHandedOnTwiceWhenThePlanChangesBehindTheLastByte() {
        Sink sink = line.contentLength(9).attach(AT_5, new Recalled(out));
        assertClosed(() -> sink.write(bytes("abcde")));
        assertEquals(List.of("0 abcde"), out.log());
        assertEquals(List.of("0 at 5 B"), line.hits());
    }

    @Test
    void overHeldContentItCutsIfTheNextByteWouldBeCut() throws IOException {
        Cutting due = (Cutting) Truncate.at(0).attach(out, line);
        assertClosed(due::cutIfDue);
        assertEquals(List.of("0 at 0 B"), line.hits());
        FakeLine later = FakeLine.down();
        Cutting cutting = (Cutting) AT_5.attach(out, later);
        cutting.cutIfDue();
        cutting.write(bytes("abcde"));
        assertClosed(cutting::cutIfDue);
        assertEquals(List.of("0 at 5 B"), later.hits());
    }

    @Test
    void usedUpItLetsHeldContentPass() throws IOException {
        Cutting cutting = (Cutting) Truncate.at(0).attach(out, line.usedUp());
        cutting.cutIfDue();
        ByteBuffer data = bytes("abc");
        cutting.write(data);
        assertFalse(data.hasRemaining());
        assertEquals(List.of("0 abc"), out.log());
    }
}
