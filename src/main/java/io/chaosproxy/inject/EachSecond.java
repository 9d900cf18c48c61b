package io.chaosproxy.inject;

import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.stream.Cutting;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A fault that comes and goes: each second in which bytes flow decides anew whether they meet it. */
final class EachSecond implements Cutting {
    private final Sink next;
    private final StreamFault fault;
    private final RuleContext line;
    private volatile @Nullable Sink fresh;
    private boolean tried; // for the bytes of this write
    private boolean leaving;
    private TrialClock.Outcome outcome = TrialClock.Outcome.NOT_DUE; // that has not been acted upon yet

    EachSecond(Sink next, StreamFault fault, RuleContext line) {
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

    /** Bytes that the fault of the second before still holds go on first, in their own time. */
    private void change() throws IOException {
        if (outcome != TrialClock.Outcome.NOT_DUE) {
            if (fresh != null && !fresh.removed()) {
                fresh.flush();
            }
            fresh = outcome == TrialClock.Outcome.HIT ? StreamEffects.attach(fault, next, line) : null;
            outcome = TrialClock.Outcome.NOT_DUE;
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
    public boolean removed() throws IOException {
        leaving = true;
        return fresh == null || fresh.removed();
    }

    @Override
    public boolean replaced() throws IOException {
        leaving = true;
        return fresh == null || fresh.replaced();
    }

    private Sink inForce() {
        return fresh != null ? fresh : next;
    }
}
