package io.chaosproxy.helidon;

import io.chaosproxy.flow.Sink;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Bodies as streams that go through the faults of an exchange. One thread at a time uses a stream, as any. */
final class Streams {
    /** Bytes read at once: TCP's usual payload of a frame, so that a reader of a narrow link gets something soon. */
    private static final int PIECE = 1460;

    private Streams() {}

    /** Where faults lead what they let through: at once to the client, for a held-back byte is no fault of ours. */
    static Sink into(OutputStream out) {
        return new Sink() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
                bytes.position(bytes.limit());
                out.flush();
            }

            @Override
            public void end() throws IOException {
                out.close();
            }
        };
    }

    /** A body that is written. */
    static OutputStream writing(Sink faults, OutputStream out, Ending ending) {
        return new OutputStream() {
            private boolean closed;

            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (length > 0) {
                    ending.run(() -> faults.write(ByteBuffer.wrap(bytes, offset, length)));
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
                    ending.run(faults::end);
                }
            }
        };
    }

    /** A body that is read: each piece arrives once the faults have let it pass. */
    static InputStream reading(Sink faults, InputStream in, Ending ending) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int count = in.read(bytes, offset, Math.min(length, PIECE));
                if (count > 0) {
                    ending.run(() -> faults.write(ByteBuffer.wrap(bytes, offset, count)));
                }
                return count;
            }

            @Override
            public long skip(long count) throws IOException {
                byte[] skipped = new byte[Math.clamp(count, 0, PIECE)];
                return Math.max(0, read(skipped, 0, skipped.length));
            }

            @Override
            public boolean markSupported() {
                return false;
            }
        };
    }

    /** Runs what faults do, and carries it out if they end the connection. */
    @FunctionalInterface
    interface Ending {
        void run(Step step) throws IOException;
    }

    /** A step through faults. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }
}
