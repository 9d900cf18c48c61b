package io.chaosproxy.inject;

import io.chaosproxy.stream.Cutting;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * A fault of the payload behind a stage that holds payload and framing: only payload passes the fault, and framing goes past it.
 * A rule that comes into force over bytes on a delay line meets them so when they leave the line, and not only those behind
 * them.
 */
final class PayloadSink implements Cutting {
    private final Sink fault;
    private final Sink past;
    private final PayloadMap map;
    private final LongSupplier start;
    private final ReentrantLock writing = new ReentrantLock();
    private long position = -1; // of the next byte; not known before the first
    private boolean ended;

    /**
     * A sink for the fault.
     *
     * @param past where framing goes
     * @param start position of the first byte, asked by the thread that writes it
     */
    PayloadSink(Sink fault, Sink past, PayloadMap map, LongSupplier start) {
        this.fault = fault;
        this.past = past;
        this.map = map;
        this.start = start;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        writing.lock();
        try {
            if (position < 0) {
                position = start.getAsLong();
            }
            endIfDue();
            long run = map.runEnd(position) - position;
            writeRun(bytes, (int) Math.min(bytes.remaining(), run));
            endIfDue();
        } finally {
            writing.unlock();
        }
    }

    private void writeRun(ByteBuffer bytes, int count) throws IOException {
        int limit = bytes.limit();
        int from = bytes.position();
        bytes.limit(from + count);
        try {
            (map.isPayload(position) ? fault : past).write(bytes);
        } finally {
            bytes.limit(limit);
            position += bytes.position() - from;
        }
    }

    private void endIfDue() throws IOException {
        if (!ended && position >= 0 && map.isPayloadOver(position)) {
            fault.end(); // as far as the joint behind it
            ended = true;
        }
    }

    /** Nothing is to be asked while bytes pass: the fault is asked by those. */
    @Override
    public void cutIfDue() throws IOException {
        if (fault instanceof Cutting cutting && writing.tryLock()) {
            try {
                long next = position < 0 ? start.getAsLong() : position;
                if (map.isPayload(next) && !map.isPayloadOver(next)) {
                    cutting.cutIfDue();
                }
            } finally {
                writing.unlock();
            }
        }
    }

    @Override
    public void flush() throws IOException {
        fault.flush();
    }

    @Override
    public void end() throws IOException {
        fault.flush();
        past.end();
    }

    @Override
    public void breakOff() throws IOException {
        fault.breakOff();
    }

    @Override
    public boolean isEmpty() {
        return fault.isEmpty();
    }

    @Override
    public void drain() throws IOException {
        fault.drain();
    }

    @Override
    public boolean removed() throws IOException {
        return fault.removed();
    }

    @Override
    public boolean replaced() throws IOException {
        return fault.replaced();
    }
}
