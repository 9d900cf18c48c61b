package io.chaosproxy.fault;

import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.kit.Collector;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A sink whose first flush ends because the plan changes, so that the caller has to come again. */
final class Recalled implements Sink {
    private final Collector next;
    private boolean changed;

    Recalled(Collector next) {
        this.next = next;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        next.write(bytes);
    }

    @Override
    public void flush() throws IOException {
        if (!changed) {
            changed = true;
            throw new PlanChangedException();
        }
    }

    @Override
    public void end() {
        next.end();
    }
}
