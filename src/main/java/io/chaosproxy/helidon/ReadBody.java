package io.chaosproxy.helidon;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.InProcessExchange;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A body that is read: each piece arrives once the faults have let it pass. One thread at a time uses it, as any stream. */
final class ReadBody extends FilterInputStream {
    /** Bytes read at once: TCP's usual payload of a frame, so that a reader of a narrow link gets something soon. */
    private static final int PIECE = 1460;

    private final AbortHandler ending;
    private final FaultPipeline faults;

    ReadBody(InProcessExchange exchange, Direction direction, InputStream in, AbortHandler ending) {
        super(in);
        this.ending = ending;
        this.faults = exchange.body(direction, null);
    }

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

    /** Skipped bytes have been read as others. */
    @Override
    public long skip(long count) throws IOException {
        byte[] skipped = new byte[Math.clamp(count, 0, PIECE)];
        return Math.max(0, read(skipped, 0, skipped.length));
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
