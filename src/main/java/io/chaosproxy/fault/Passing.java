package io.chaosproxy.fault;

import io.chaosproxy.flow.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A sink that hands everything on: what the sinks of faults start from. */
class Passing implements Sink {
    protected final Sink next;

    Passing(Sink next) {
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

    /** Nothing is held in here. */
    @Override
    public void lift() throws IOException {}

    /** Hands on so many of the bytes, perhaps none, and moves the position behind them. */
    protected final void write(ByteBuffer bytes, int count) throws IOException {
        if (count == 0) {
            return;
        }
        int limit = bytes.limit();
        bytes.limit(bytes.position() + count);
        try {
            next.write(bytes);
        } finally {
            bytes.limit(limit);
        }
    }
}
