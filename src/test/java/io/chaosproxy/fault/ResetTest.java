package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static io.chaosproxy.kit.Collector.bytes;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.stream.ConnectionAbort;
import io.chaosproxy.stream.Cutting;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

@Tag("fast")
final class ResetTest {
    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    private static void assertReset(Executable doing) {
        ConnectionAbort severed = assertThrows(ConnectionAbort.class, doing);
        assertEquals(ConnectionAbort.How.RESET, severed.how());
        assertEquals("reset by rule test", severed.getMessage());
    }

    @Test
    void atTheFirstByteOfTheResponseNoneArrives() {
        Sink sink = line.attach(Reset.at(Reset.At.FIRST_BYTE), out);
        line.clock().advance(ofMillis(3));
        assertReset(() -> sink.write(bytes("response")));
        assertEquals(List.of(), out.log());
        assertEquals(List.of("3"), line.hits());
    }

    @Test
    void aResponseThatNeverCameEndsInAReset() {
        assertReset(() -> line.attach(Reset.at(Reset.At.FIRST_BYTE), out).end());
        assertEquals(List.of(), out.log());
    }

    @Test
    void eachMomentHasItsDirection() {
        FakeLine up = FakeLine.up();
        Collector upstream = up.collector();
        assertSame(upstream, up.attach(Reset.at(Reset.At.FIRST_BYTE), upstream));
        assertSame(upstream, up.attach(Reset.at(Reset.At.BODY), upstream));
        assertReset(() -> up.attach(Reset.at(Reset.At.REQUEST), upstream).write(bytes("request")));
        assertEquals(List.of(), upstream.log());
        assertSame(out, line.attach(Reset.at(Reset.At.REQUEST), out));
    }

    @Test
    void itWaitsBeforeIfToldTo() {
        Sink sink = line.attach(new Reset(Reset.At.FIRST_BYTE, ofMillis(50)), out);
        assertReset(() -> sink.write(bytes("response")));
        assertEquals(List.of("50"), line.hits());
    }

    @Test
    void aResetLiftedWhileItWaitsNeverHappens() throws IOException {
        Sink sink = line.liftAfter(ofMillis(20)).attach(new Reset(Reset.At.FIRST_BYTE, ofMillis(50)), out);
        sink.write(bytes("a"));
        sink.write(bytes("b"));
        sink.end();
        assertEquals(List.of("20 a", "20 b", "20 END"), out.log());
        assertEquals(List.of(), line.hits());
    }

    @Test
    void aChangeOfThePlanNeitherCutsTheDelayShortNorBeginsItAnew() {
        Sink sink = line.changeAfter(ofMillis(20)).attach(new Reset(Reset.At.FIRST_BYTE, ofMillis(50)), out);
        assertReset(() -> sink.write(bytes("response")));
        assertEquals(List.of("50"), line.hits());
    }

    @Test
    void inABodyThatHasBegunItCutsAtTheNextByte() {
        Sink sink = line.midway().contentLength(1000).attach(Reset.inBody(), out);
        assertReset(() -> sink.write(bytes("a")));
        assertEquals(List.of("0 after 0 B"), line.hits());
        assertSame(out, Reset.atFirstByte().attach(out, line));
    }

    @Test
    void inTheBodySoManyBytesPassAndNeverTheLast() {
        boolean[] seen = new boolean[10];
        for (int seed = 0; seed < 200; seed++) {
            FakeLine body = FakeLine.down().seed(seed).contentLength(10);
            Collector client = body.collector();
            Sink sink = body.attach(Reset.at(Reset.At.BODY), client);
            assertReset(() -> {
                sink.write(bytes("0123"));
                sink.write(bytes("456789"));
            });
            int passed = client.all().length;
            assertEquals("0123456789".substring(0, passed), new String(client.all(), StandardCharsets.ISO_8859_1));
            assertEquals(List.of("0 after " + passed + " B"), body.hits());
            seen[passed] = true;
        }
        for (boolean each : seen) {
            assertTrue(each);
        }
    }

    @Test
    void whereTheLengthIsNotKnownSmallNumbersAreLikelier() {
        int[] passed = new int[400];
        for (int seed = 0; seed < passed.length; seed++) {
            FakeLine body = FakeLine.down().seed(seed);
            Collector client = body.collector();
            Sink sink = body.attach(Reset.at(Reset.At.BODY), client);
            assertReset(() -> sink.write(ByteBuffer.allocate(1 << 17)));
            passed[seed] = client.all().length;
        }
        Arrays.sort(passed);
        assertTrue(passed[0] >= 1 && passed[0] < 4);
        assertTrue(passed[399] <= 65_536 && passed[399] > 50_000);
        assertTrue(passed[200] > 64 && passed[200] < 1024); // half are below the square root of the largest, 256
    }

    @Test
    void aBodyThatEndsSoonerIsResetBeforeItsEnd() throws IOException {
        Sink sink = line.contentLength(1_000_000).attach(Reset.at(Reset.At.BODY), out);
        sink.write(bytes("a"));
        assertReset(sink::end);
        assertEquals(List.of("0 a"), out.log());
        assertEquals(List.of("0 after 1 B"), line.hits());
    }

    @Test
    void aResponseWithoutABodyIsResetAsWell() {
        assertReset(
                () -> line.contentLength(0).attach(Reset.at(Reset.At.BODY), out).end());
        assertEquals(List.of("0 after 0 B"), line.hits());
    }

    @Test
    void onlyInTheBodyItIsAboutContent() {
        assertTrue(Reset.at(Reset.At.BODY).onContent());
        assertFalse(Reset.at(Reset.At.FIRST_BYTE).onContent());
        assertEquals(Directions.BOTH, Reset.at(Reset.At.BODY).defaultDirections());
    }

    @Test
    void refusals() {
        refused("delay: must not be negative, not PT-1S", () -> new Reset(Reset.At.BODY, Duration.ofSeconds(-1)));
    }

    /** The line holds the head while the body arrives. */
    @Test
    void bytesThatALaterFaultHoldsBackPassFirst() {
        HeldBack held = new HeldBack(out, line.clock(), ofMillis(70));
        held.write(bytes("head"));
        assertReset(() -> line.contentLength(1).attach(Reset.inBody(), held).write(bytes("a")));
        assertEquals(List.of("70 head"), out.log());
        assertEquals(List.of("70 after 0 B"), line.hits());
    }

    @Test
    void bytesBeforeTheCutPassALaterFaultFirst() {
        HeldBack held = new HeldBack(out, line.clock(), ofMillis(70));
        assertReset(() -> line.contentLength(1000).attach(Reset.inBody(), held).write(ByteBuffer.wrap(new byte[1000])));
        assertTrue(out.all().length > 0);
        assertEquals(List.of("70 after " + out.all().length + " B"), line.hits());
    }

    @Test
    void atTheEndOfABodyThatEndsSoonerHeldBytesPassFirst() throws IOException {
        HeldBack held = new HeldBack(out, line.clock(), ofMillis(70));
        Sink sink = line.contentLength(1_000_000).attach(Reset.inBody(), held);
        sink.write(bytes("a"));
        assertReset(sink::end);
        assertEquals(List.of("70 a"), out.log());
    }

    /** The next byte may be long in coming. */
    @Test
    void itCutsBehindTheLastByteThatPassesAndNotAtTheNext() {
        for (int seed = 0; seed < 50; seed++) {
            FakeLine body = FakeLine.down().seed(seed).contentLength(10);
            Collector client = body.collector();
            Sink sink = body.attach(Reset.inBody(), client);
            int[] writes = new int[1];
            assertReset(() -> {
                for (; writes[0] < 10; writes[0]++) {
                    sink.write(bytes("a"));
                }
            });
            assertEquals(Math.max(1, client.all().length), writes[0] + 1);
        }
    }

    @Test
    void aWriteWithoutBytesIsNoFirstByte() throws IOException {
        Sink sink = Reset.atFirstByte().attach(out, line);
        sink.write(bytes(""));
        assertEquals(List.of(), line.hits());
        assertReset(() -> sink.write(bytes("a")));
    }

    @Test
    void aChangeOfThePlanDoesNotDrawAnew() {
        for (int seed = 0; seed < 50; seed++) {
            int[] passed = new int[2];
            for (int change = 0; change < 2; change++) {
                FakeLine body = FakeLine.down().seed(seed).contentLength(4);
                Collector client = body.collector();
                Sink next = change == 0 ? client : new Recalled(client);
                assertReset(() -> body.attach(Reset.inBody(), next).write(bytes("abcd")));
                passed[change] = client.all().length;
            }
            assertEquals(passed[0], passed[1]);
        }
    }

    @Test
    void nothingIsHandedOnTwiceWhenThePlanChangesBehindTheLastByte() {
        Sink sink = line.contentLength(2).seed(seedThatPassesOne()).attach(Reset.inBody(), new Recalled(out));
        assertReset(() -> sink.write(bytes("a")));
        assertEquals(List.of("0 a"), out.log());
    }

    private static int seedThatPassesOne() {
        int seed = 0;
        while (FakeLine.down().seed(seed).random().nextLong(2) != 1) {
            seed++;
        }
        return seed;
    }

    @Test
    void overHeldContentItCutsIfTheNextByteWouldBeCut() {
        Cutting due = (Cutting) Reset.inBody().attach(out, line.midway());
        assertReset(due::cutIfDue);
        assertEquals(List.of("0 after 0 B"), line.hits());
        assertFalse(Reset.inBody().meetsHeldContent());
    }

    @Test
    void overHeldContentItLeavesBytesThatMayPass() throws IOException {
        FakeLine body = FakeLine.down().contentLength(1_000_000);
        ((Cutting) Reset.inBody().attach(out, body)).cutIfDue();
        FakeLine used = FakeLine.down().midway().usedUp();
        Cutting cutting = (Cutting) Reset.inBody().attach(out, used);
        cutting.cutIfDue();
        cutting.cutIfDue();
        cutting.write(bytes("a"));
        assertEquals(List.of("0 a"), out.log());
        assertEquals(List.of(), body.hits());
    }

    @Test
    void usedUpItTakesTheFirstByteAtOnce() throws IOException {
        ByteBuffer data = bytes("abc");
        Reset.atFirstByte().attach(out, line.usedUp()).write(data);
        assertFalse(data.hasRemaining());
        assertEquals(List.of("0 abc"), out.log());
    }
}
