package io.chaosproxy.helidon;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.InProcessExchange;
import io.chaosproxy.stream.ConnectionAbort;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The body of a response on its way through the faults.
 *
 * <p>What they let through goes out at once where they hold the rest. Otherwise it is left to Helidon, which tells the
 * length of a body that it can hold in one piece. One thread at a time uses it, as any stream.
 */
final class WrittenBody extends OutputStream {
    private final OutputStream out;
    private final AbortHandler ending;
    private final FaultPipeline faults;
    private Head head;
    private byte[] first = new byte[0];
    private byte[] present = first; // array of the present write
    private long announced; // length of the whole, -1 if it isn't known
    private long written;
    private long held; // of the present write
    private boolean closed;

    /** The head, which the faults let pass before the first byte of the body. */
    @FunctionalInterface
    interface Head {
        /** It passes; the length is that of the body, -1 if it isn't known. */
        void pass(long contentLength) throws IOException;
    }

    /** One that has passed already. */
    static final Head PASSED = length -> {};

    /**
     * A body whose first piece is kept until it is known whether it is the only one: Helidon then announces its length, which
     * the faults are to know as they do on a proxy.
     *
     * @param announced its length if its head has passed already, -1 if it isn't known
     */
    WrittenBody(InProcessExchange exchange, OutputStream out, AbortHandler ending, Head head, long announced) {
        this.out = out;
        this.ending = ending;
        this.faults = exchange.body(Direction.DOWN, new LetThrough());
        this.head = head;
        this.announced = announced;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return;
        }
        if (head != PASSED && first.length == 0) {
            first = Arrays.copyOfRange(bytes, offset, offset + length);
            return;
        }
        begin(-1);
        passOn(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
        begin(-1);
        out.flush();
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            begin(first.length);
            pass(faults::endPayload);
            out.close();
        }
    }

    private void begin(long contentLength) throws IOException {
        if (head != PASSED) {
            Head passing = head;
            head = PASSED;
            announced = contentLength;
            passing.pass(contentLength);
            if (first.length > 0) { // an empty write would count as a trial
                passOn(first, 0, first.length);
                first = new byte[0];
            }
        }
    }

    private void passOn(byte[] bytes, int offset, int length) throws IOException {
        held = length;
        written += length;
        if (written == announced) {
            faults.closing();
        }
        present = bytes;
        ByteBuffer unchangeable = ByteBuffer.wrap(bytes, offset, length).asReadOnlyBuffer();
        pass(() -> faults.write(unchangeable)); // the service may send the same array again
    }

    private void pass(AbortHandler.Step step) throws IOException {
        ending.run(() -> {
            try {
                step.run();
            } catch (ConnectionAbort cut) {
                out.flush(); // the client saw the beginning before the end
                throw cut;
            }
        });
    }

    private final class LetThrough implements Sink {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            int count = bytes.remaining();
            if (bytes.hasArray()) { // a copy that a fault made
                out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), count);
            } else {
                out.write(present, bytes.position(), count);
            }
            bytes.position(bytes.limit());
            held -= count;
            if (held > 0) {
                out.flush();
            }
        }

        @Override
        public void end() {}
    }
}
