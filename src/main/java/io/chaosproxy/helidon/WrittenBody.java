package io.chaosproxy.helidon;

import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.Severed;
import io.chaosproxy.flow.Sink;
import io.chaosproxy.relay.Passage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * The body of a response on its way through the faults.
 *
 * <p>What they let through goes out at once where they hold the rest. Otherwise it is left to Helidon, which tells the
 * length of a body that it can hold in one piece. One thread at a time uses it, as any stream.
 */
final class WrittenBody extends OutputStream {
    private final OutputStream out;
    private final Ending ending;
    private final Sink faults;
    private long held; // of the present write
    private boolean closed;

    WrittenBody(Passage passage, OutputStream out, Ending ending) {
        this.out = out;
        this.ending = ending;
        this.faults = passage.body(Direction.DOWN, new LetThrough());
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > 0) {
            held = length;
            pass(() -> faults.write(ByteBuffer.wrap(bytes, offset, length)));
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            pass(faults::end);
        }
    }

    private void pass(Ending.Step step) throws IOException {
        ending.run(() -> {
            try {
                step.run();
            } catch (Severed cut) {
                out.flush(); // the client saw the beginning before the end
                throw cut;
            }
        });
    }

    private final class LetThrough implements Sink {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            int count = bytes.remaining();
            out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), count);
            bytes.position(bytes.limit());
            held -= count;
            if (held > 0) {
                out.flush();
            }
        }

        @Override
        public void end() throws IOException {
            out.close();
        }
    }
}
