package io.chaosproxy.inject;

import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Link between two stages of a chain, so that either can be replaced while a delay line's thread writes. */
class Joint implements Sink {
    private volatile @Nullable Sink next;

    /** Sets where the bytes go from now on. */
    final void lead(Sink to) {
        next = to;
    }

    /** Whether it leads anywhere yet. */
    final boolean isLed() {
        return next != null;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        target().write(bytes);
    }

    @Override
    public void flush() throws IOException {
        target().flush();
    }

    @Override
    public void end() throws IOException {
        target().end();
    }

    @Override
    public void breakOff() throws IOException {
        target().breakOff();
    }

    /** Where the bytes go at this moment. */
    Sink target() {
        Sink to = next;
        if (to == null) {
            throw new IllegalStateException("leads nowhere yet");
        }
        return to;
    }
}
