package io.chaosproxy.inject;

import io.chaosproxy.fault.Cutting;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.flow.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A fault that comes and goes: each second in which bytes flow decides anew whether they meet it. */
final class EachSecond implements Cutting {
    private final Sink next;
    private final StreamFault fault;
    private final Attachment line;
    private volatile @Nullable Sink fresh;
    private boolean tried; // for the bytes in hand
    private boolean leaving;
    private Trials.Outcome outcome = Trials.Outcome.NOT_DUE; // that has not been acted upon yet

    EachSecond(Sink next, StreamFault fault, Attachment line) {
        this.next = next;
        this.fault = fault;
        this.line = line;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        tryOnce();
        int before = bytes.position();
        try {
            inForce().write(bytes);
        } finally {
            tried = bytes.position() == before;
        }
    }

    @Override
    public void cutIfDue() throws IOException {
        tryOnce();
        if (fresh instanceof Cutting cutting) {
            cutting.cutIfDue();
        }
    }

    private void tryOnce() throws IOException {
        if (!tried && !leaving) {
            outcome = line.tried();
            tried = true;
        }
        change();
    }

    /** What the fault of the second before still holds goes on first, in its own time. */
    private void change() throws IOException {
        if (outcome != Trials.Outcome.NOT_DUE) {
            if (fresh != null && !fresh.lift()) {
                fresh.flush();
            }
            fresh = outcome == Trials.Outcome.HIT ? fault.attach(next, line) : null;
            outcome = Trials.Outcome.NOT_DUE;
        }
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
    public void breakOff() throws IOException {
        inForce().breakOff();
    }

    @Override
    public boolean isEmpty() {
        return fresh == null || fresh.isEmpty();
    }

    @Override
    public void drain() throws IOException {
        if (fresh != null) {
            fresh.drain();
        }
    }

    @Override
    public boolean lift() throws IOException {
        leaving = true;
        return fresh == null || fresh.lift();
    }

    @Override
    public boolean giveWay() throws IOException {
        leaving = true;
        return fresh == null || fresh.giveWay();
    }

    private Sink inForce() {
        return fresh != null ? fresh : next;
    }
}
