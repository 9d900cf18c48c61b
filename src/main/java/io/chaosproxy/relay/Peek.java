package io.chaosproxy.relay;

import io.chaosproxy.net.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Predicate;

/** A look at the first bytes of a connection, which its reader gets all the same. */
final class Peek {
    private static final int FIRST_LOOK = 2048;

    private Peek() {}

    /**
     * Reads until enough is there or the stream ends, and puts everything back.
     *
     * @param enough asked with all bytes that have come, from position to limit
     * @return all bytes that have come
     */
    static ByteBuffer at(Transport client, Predicate<ByteBuffer> enough) throws IOException {
        ByteBuffer first = ByteBuffer.allocate(FIRST_LOOK);
        client.beginReading();
        try {
            while (!enough.test(first.duplicate().flip())) {
                if (!first.hasRemaining()) {
                    first = ByteBuffer.allocate(2 * first.capacity()).put(first.flip());
                }
                int count = client.read(first);
                if (count < 0) {
                    break;
                }
                if (count == 0) {
                    client.await();
                }
            }
            ByteBuffer all = first.flip();
            client.putBack(all.duplicate());
            return all;
        } finally {
            client.endReading();
        }
    }

    /** Takes this many bytes of what was seen away from the connection. */
    static void take(Transport client, int count) throws IOException {
        ByteBuffer taken = ByteBuffer.allocate(count);
        client.beginReading();
        try {
            while (taken.hasRemaining() && client.read(taken) >= 0) {
                // they are there already
            }
        } finally {
            client.endReading();
        }
    }
}
