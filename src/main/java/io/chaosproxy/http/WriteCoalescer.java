package io.chaosproxy.http;

import io.chaosproxy.flow.Chunk;
import io.chaosproxy.inject.FaultPipeline;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of a message between the chunk that they were read into and the outlet.
 *
 * <p>Where faults stand in between, payload and framing go to the outlet each by itself. Where none do, they stay
 * together until the chunk is used up, so that a head and its body leave in one write. One thread uses it.
 */
final class WriteCoalescer {
    private final Chunk chunk;
    private final FaultPipeline pipeline;
    private int kept; // bytes before the position of the chunk that haven't been handed on yet

    WriteCoalescer(Chunk chunk, FaultPipeline pipeline) {
        this.chunk = chunk;
        this.pipeline = pipeline;
    }

    /**
     * The next bytes from the position on are payload.
     *
     * @param more whether the framing announces more of it
     */
    void payload(int length, boolean more) throws IOException {
        pipeline.payloadFollows(more);
        pass(length, true);
    }

    /** The next bytes from the position on are a head or framing. */
    void framing(int length) throws IOException {
        pass(length, false);
    }

    /** Other bytes replace the next ones from the position on. */
    void replace(int length, byte[] others) throws IOException {
        push();
        skip(length);
        pipeline.writeFraming(ByteBuffer.wrap(others));
    }

    /** Skips the next bytes from the position on. */
    void skip(int length) {
        ByteBuffer bytes = chunk.bytes();
        bytes.position(bytes.position() + length);
    }

    /** Hands on what has been kept together; to be called before the chunk is read into. */
    void push() throws IOException {
        if (kept > 0) {
            ByteBuffer bytes = chunk.bytes();
            int from = bytes.position() - kept;
            kept = 0;
            write(from, bytes.position(), false);
        }
    }

    private void pass(int length, boolean payload) throws IOException {
        if (pipeline.isPlain()) {
            if (payload) {
                pipeline.payloadBegins();
            }
            skip(length);
            kept += length;
        } else {
            push();
            int from = chunk.bytes().position();
            skip(length);
            write(from, from + length, payload);
        }
    }

    /** The position stays behind what is written, whatever becomes of it. */
    private void write(int from, int to, boolean payload) throws IOException {
        ByteBuffer bytes = chunk.bytes();
        int limit = bytes.limit();
        bytes.limit(to).position(from);
        try {
            if (payload) {
                pipeline.write(bytes);
            } else {
                pipeline.writeFraming(bytes);
            }
        } finally {
            bytes.limit(limit).position(to);
        }
    }
}
