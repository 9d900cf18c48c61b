package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static io.chaosproxy.kit.Collector.bytes;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class SliceTest {
    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    @Test
    void dataArrivesInPiecesWithADelayBetweenThem() throws IOException {
        Sink sink = line.attach(new Slice(3, 0, ofMillis(10)), out);
        sink.write(bytes("abcdefgh"));
        sink.write(bytes("ij"));
        sink.end();
        assertEquals(List.of("0 abc", "10 def", "20 gh", "30 ij", "30 END"), out.log());
        assertEquals(List.of("0"), line.hits());
    }

    @Test
    void thePiecesVaryEvenlyAroundTheirSize() throws IOException {
        byte[] data = new byte[100_000];
        new Random(1).nextBytes(data);
        Sink sink = line.attach(new Slice(10, 4, ZERO), out);
        sink.write(ByteBuffer.wrap(data));
        assertArrayEquals(data, out.all());
        List<Integer> sizes =
                out.arrivals().stream().map(a -> a.what().length()).toList();
        List<Integer> whole = sizes.subList(0, sizes.size() - 1);
        assertEquals(
                IntStream.rangeClosed(6, 14).boxed().collect(Collectors.toSet()),
                whole.stream().collect(Collectors.toSet()));
        assertEquals(10, whole.stream().mapToInt(i -> i).average().orElseThrow(), 0.1);
    }

    @Test
    void aLiftedSliceLetsTheRestGoInOne() throws IOException {
        Sink sink = line.liftAfter(ofMillis(15)).attach(new Slice(3, 0, ofMillis(10)), out);
        sink.write(bytes("abcdefghijkl"));
        assertEquals(List.of("0 abc", "10 def", "15 ghijkl"), out.log());
    }

    @Test
    void aChangeOfThePlanLeavesSizesAndDelaysAsTheyWere() throws IOException {
        Sink sink = line.changeAfter(ofMillis(15)).attach(new Slice(3, 0, ofMillis(10)), out);
        sink.write(bytes("abcdefgh"));
        assertEquals(List.of("0 abc", "10 def", "20 gh"), out.log());
    }

    @Test
    void eachPieceIsAStepOfItsOwn() throws IOException {
        Sink sink = new Slice(3, 0, ofMillis(10)).attach(out, line);
        ByteBuffer bytes = bytes("abcdefgh");
        sink.write(bytes);
        assertEquals(3, bytes.position());
        assertEquals(8, bytes.limit());
    }

    @Test
    void theRestOfAPieceThatWasNotTakenFollowsAtOnce() throws IOException {
        Sink sink = line.attach(new Slice(4, 0, ofMillis(10)), new OneByOne(out));
        sink.write(bytes("abcdef"));
        assertEquals(List.of("0 a", "0 b", "0 c", "0 d", "10 e", "10 f"), out.log());
    }

    @Test
    void theLargestPiecesThereAre() throws IOException {
        Sink sink = line.attach(new Slice(Integer.MAX_VALUE, Integer.MAX_VALUE - 1, ZERO), out);
        sink.write(bytes("abc"));
        assertEquals("abc", new String(out.all(), StandardCharsets.ISO_8859_1));
    }

    @Test
    void refusals() {
        refused("size: must be above 0, not 0", () -> new Slice(0, 0, ZERO));
        refused("variation: must be 0 or more and below size, not 5", () -> new Slice(5, 5, ZERO));
        refused("variation: must be 0 or more and below size, not -1", () -> new Slice(5, -1, ZERO));
        refused("delay: must not be negative, not PT-1S", () -> new Slice(5, 0, Duration.ofSeconds(-1)));
        assertEquals(4, new Slice(5, 4, ZERO).variation());
    }

    @Test
    void dataOfOnePieceIsNoHit() throws IOException {
        Sink sink = line.attach(new Slice(3, 0, ZERO), out);
        sink.write(bytes("abc"));
        sink.write(bytes("de"));
        assertEquals(List.of(), line.hits());
        sink.write(bytes("fghi"));
        assertEquals(List.of("0"), line.hits());
    }
}
