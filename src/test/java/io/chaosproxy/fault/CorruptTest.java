package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
final class CorruptTest {
    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    private static byte[] random(int size) {
        byte[] data = new byte[size];
        new Random(size).nextBytes(data);
        return data;
    }

    /** Writes in pieces of this size, each some way into its buffer. */
    private static void write(Sink sink, byte[] data, int piece) throws IOException {
        for (int at = 0; at < data.length; at += piece) {
            int size = Math.min(piece, data.length - at);
            sink.write(ByteBuffer.allocate(size + 9)
                    .position(4)
                    .put(data, at, size)
                    .flip()
                    .position(4));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 100, 1000", "3, 100, 7", "5, 7, 1", "4, 4, 3", "4096, 5000, 333", "1, 1, 10"})
    void soManyBytesOfEachStretchChangeAndNoneIsAddedOrRemoved(int bytes, int within, int piece) throws IOException {
        byte[] data = random(within * 20);
        write(line.attach(new Corrupt(bytes, within), out), data, piece);
        byte[] got = out.all();
        assertEquals(data.length, got.length);
        for (int stretch = 0; stretch < 20; stretch++) {
            int changed = 0;
            for (int at = stretch * within; at < (stretch + 1) * within; at++) {
                changed += data[at] == got[at] ? 0 : 1;
            }
            assertEquals(bytes, changed, "in stretch " + stretch);
        }
        assertEquals(1, line.hits().size(), "one for all stretches");
    }

    @Test
    void howTheBytesComeInDoesNotMatter() throws IOException {
        byte[] data = random(3000);
        write(line.attach(new Corrupt(2, 50), out), data, 3000);
        FakeLine again = FakeLine.down();
        Collector other = again.collector();
        write(again.attach(new Corrupt(2, 50), other), data, 11);
        assertArrayEquals(out.all(), other.all());
    }

    @Test
    void bytesThatAreTakenInSmallStepsChangeOnce() throws IOException {
        byte[] data = random(3000);
        write(line.attach(new Corrupt(2, 50), out), data, 3000);
        FakeLine again = FakeLine.down();
        Collector other = again.collector();
        write(again.attach(new Corrupt(2, 50), new OneByOne(other)), data, 3000);
        assertArrayEquals(out.all(), other.all());
    }

    /** The body of a rule's response is one for all clients. */
    @Test
    void readOnlyBytesChangeOnTheirWayAndStayAsTheyAre() throws IOException {
        byte[] data = random(5000);
        byte[] before = data.clone();
        write(line.attach(new Corrupt(2, 50), out), data, 5000);
        for (boolean slowly : new boolean[] {false, true}) {
            FakeLine again = FakeLine.down();
            Collector other = again.collector();
            Sink sink = again.attach(new Corrupt(2, 50), slowly ? new OneByOne(other) : other);
            ByteBuffer shared = ByteBuffer.wrap(data).asReadOnlyBuffer();
            for (int offered = 1;
                    shared.hasRemaining();
                    offered = offered % 777 + 13) { // as a rate in front offers them
                sink.write(shared.limit(Math.min(data.length, shared.position() + offered)));
                shared.limit(data.length);
            }
            assertArrayEquals(out.all(), other.all());
            assertArrayEquals(before, data);
        }
    }

    @Test
    void everyPlaceIsAsLikely() throws IOException {
        byte[] data = random(10 * 20_000);
        write(line.attach(new Corrupt(3, 10), out), data, 1 << 16);
        byte[] got = out.all();
        int[] changed = new int[10];
        for (int at = 0; at < data.length; at++) {
            changed[at % 10] += data[at] == got[at] ? 0 : 1;
        }
        for (int count : changed) {
            assertEquals(6000, count, 4 * Math.sqrt(20_000 * 0.3 * 0.7));
        }
    }

    @Test
    void anEndPasses() throws IOException {
        line.attach(new Corrupt(1, 2), out).end();
        assertEquals(List.of("0 END"), out.log());
    }

    @Test
    void onlyContentIsChanged() {
        assertTrue(new Corrupt(1, 1).onContent());
    }

    @Test
    void refusals() {
        refused("bytes: must be above 0, not 0", () -> new Corrupt(0, 1));
        refused("bytes: must be at most 4096, not 4097", () -> new Corrupt(4097, 5000));
        refused("within: must be at least bytes, not 4", () -> new Corrupt(5, 4));
    }
}
