package io.chaosproxy.fault;

import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A sink that takes one byte of each write, as a sink may. */
record OneByOne(Sink next) implements Sink {
    @Override
    public void write(ByteBuffer bytes) throws IOException {
        if (bytes.hasRemaining()) {
            next.write(bytes.slice().limit(1));
            bytes.get();
        }
    }

    @Override
    public void end() throws IOException {
        next.end();
    }
}
