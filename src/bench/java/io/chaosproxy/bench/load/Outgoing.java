package io.chaosproxy.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.WritableByteChannel;

/** What one side of a connection has still to send: a head, and a body of which only the length matters. */
public final class Outgoing {
    private static final ByteBuffer ZEROS =
            ByteBuffer.allocateDirect(256 * 1024).asReadOnlyBuffer();

    private ByteBuffer head = ByteBuffer.allocate(0);
    private long body;

    /** Puts a message in; the one before has been sent. */
    public void put(ByteBuffer encodedHead, long bodyBytes) {
        head = encodedHead.duplicate();
        body = bodyBytes;
    }

    /** Whether everything has been sent. */
    public boolean isEmpty() {
        return body == 0 && !head.hasRemaining();
    }

    /**
     * Sends the head and a piece of the body, as far as the socket takes them, and has the key tell when it takes more. One
     * piece a turn: a fast reader must not keep the loop from its other connections.
     */
    public void send(WritableByteChannel to, SelectionKey key) throws IOException {
        if (head.hasRemaining()) {
            to.write(head);
        }
        if (!head.hasRemaining() && body > 0) {
            body -= to.write(ZEROS.duplicate().limit((int) Math.min(body, ZEROS.capacity())));
        }
        int interest = isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE;
        if (key.interestOps() != interest) {
            key.interestOps(interest);
        }
    }
}
