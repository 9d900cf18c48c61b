package io.chaosproxy.stream;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A sink that hands everything on: the base class of the sinks of faults. Confined to the writer's thread. */
public class ForwardingSink implements Sink {
    /** The sink behind this one. */
    protected final Sink next;

    /**
     * Hands everything on to the next sink.
     *
     * @param next sink behind
     */
    public ForwardingSink(Sink next) {
        this.next = next;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        next.write(bytes);
    }

    @Override
    public void flush() throws IOException {
        next.flush();
    }

    @Override
    public void end() throws IOException {
        next.end();
    }

    @Override
    public void breakOff() throws IOException {
        next.breakOff();
    }

    /**
     * Offers the first of the bytes to the next sink, which moves the position behind those that it takes.
     *
     * @param bytes bytes to offer
     * @param count how many of them, from the position on
     * @throws IOException as {@link Sink#write} does
     */
    protected final void write(ByteBuffer bytes, int count) throws IOException {
        int limit = bytes.limit();
        int before = bytes.position();
        bytes.limit(before + count);
        try {
            next.write(bytes);
        } finally {
            bytes.limit(limit);
            passed(bytes.position() - before);
        }
    }

    /**
     * The next sink has taken this number of bytes, perhaps 0; called once for each {@link #write(ByteBuffer, int)}.
     *
     * @param count number of bytes, 0 or more
     */
    protected void passed(int count) {}
}
