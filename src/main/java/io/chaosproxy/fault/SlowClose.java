package io.chaosproxy.fault;

import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Pause;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.time.Duration;

/**
 * The end of the stream arrives late; the bytes before it don't.
 *
 * @param delay delay of the end of the stream
 */
public record SlowClose(Duration delay) implements StreamFault {
    static {
        StreamEffects.add(SlowClose.class, SlowClose::attach);
    }

    /** Rejects negative delays. */
    public SlowClose {
        Check.duration("delay", delay);
    }

    /** {@return the end is late by this} */
    public static SlowClose of(Duration delay) {
        return new SlowClose(delay);
    }

    @Override
    public String type() {
        return "slow-close";
    }

    @Override
    public boolean inMotion() {
        return true;
    }

    Sink attach(Sink next, FaultContext line) {
        return new ForwardingSink(next) {
            private final Pause pause = new Pause();
            private boolean begun;
            private boolean over = delay.isZero();

            @Override
            public void end() throws IOException {
                if (!begun && !over) {
                    begun = true;
                    over = !line.hitNanos("delay", delay.toNanos());
                }
                if (!over) {
                    pause.await(line, delay.toNanos());
                    over = true;
                }
                next.end();
            }
        };
    }
}
