package io.chaosproxy.relay;

import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.flow.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A fault that comes and goes: each second in which bytes flow decides anew whether they meet it. */
final class EachSecond implements Sink {
    private final Sink next;
    private final StreamFault fault;
    private final Attachment line;
    private @Nullable Sink fresh;

    EachSecond(Sink next, StreamFault fault, Attachment line) {
        this.next = next;
        this.fault = fault;
        this.line = line;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        switch (line.tried()) {
            case HIT -> {
                lift();
                fresh = fault.attach(next, line);
            }
            case MISS -> {
                lift();
                fresh = null;
            }
            case NOT_DUE -> {}
        }
        inForce().write(bytes);
    }

    @Override
    public void flush() throws IOException {
        inForce().flush();
    }

    @Override
    public void end() throws IOException {
        inForce().end();
    }

    @Override
    public void lift() throws IOException {
        if (fresh != null) {
            fresh.lift();
        }
    }

    @Override
    public void giveWay() throws IOException {
        if (fresh != null) {
            fresh.giveWay();
        }
    }

    private Sink inForce() {
        return fresh != null ? fresh : next;
    }
}
