package io.chaosproxy.fault;

import io.chaosproxy.kit.HandClock;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A sink that keeps bytes until it is flushed, and then hands them on late: a delay line for one thread. */
class HeldBack implements Sink {
    private final Sink next;
    private final HandClock clock;
    private final Duration delay;
    private final ByteBuffer held = ByteBuffer.allocate(1024);

    HeldBack(Sink next, HandClock clock, Duration delay) {
        this.next = next;
        this.clock = clock;
        this.delay = delay;
    }

    @Override
    public void write(ByteBuffer bytes) {
        held.put(bytes);
    }

    @Override
    public void flush() throws IOException {
        clock.advance(delay);
        next.write(held.flip());
    }

    @Override
    public void end() throws IOException {
        flush();
        next.end();
    }
}
