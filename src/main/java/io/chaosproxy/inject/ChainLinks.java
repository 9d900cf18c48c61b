package io.chaosproxy.inject;

import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Links of the stages of a chain: where its payload and its framing enter, and where both leave it. Payload passes the stages of
 * payload and then those of both; framing passes the latter only.
 */
final class ChainLinks {
    private static final Sink NOWHERE = new Joint();

    private Sink behind = NOWHERE;
    private Sink first = NOWHERE;
    private Sink firstOfPayload = NOWHERE;
    private @Nullable PayloadEnd payloadEnd; // present once a stage of payload is

    /** Links these stages, in front of this sink. */
    void link(List<Stage> stages, Sink to) {
        behind = to;
        relink(stages);
    }

    /** Links these stages, in front of the same sink as before. */
    void relink(List<Stage> stages) {
        if (stages.isEmpty() && payloadEnd == null) { // of most exchanges; a chain of its own is to cost little
            first = behind;
            firstOfPayload = behind;
            return;
        }
        first = link(stages, false, behind);
        PayloadEnd end = payloadEnd;
        if (end == null && !hasPayload(stages)) {
            firstOfPayload = first;
            return;
        }
        if (end == null) {
            end = new PayloadEnd();
            payloadEnd = end;
        }
        end.lead(first); // also for a thread that still is in a stage of payload that has left
        Sink payload = link(stages, true, end);
        firstOfPayload = payload == end ? first : payload;
    }

    private static boolean hasPayload(List<Stage> stages) {
        for (int i = 0; i < stages.size(); i++) {
            if (stages.get(i).onPayload()) {
                return true;
            }
        }
        return false;
    }

    /** Joins the stages of one kind, last to first, and returns where they begin. */
    private static Sink link(List<Stage> stages, boolean onPayload, Sink to) {
        Sink next = to;
        for (int i = stages.size() - 1; i >= 0; i--) {
            Stage stage = stages.get(i);
            if (stage.sink() != null && stage.onPayload() == onPayload) {
                stage.after().lead(next);
                next = stage.sink();
            }
        }
        return next;
    }

    /** Whether nothing stands in front of this sink. */
    boolean leadStraightTo(Sink sink) {
        return first == sink && firstOfPayload == sink;
    }

    void write(ByteBuffer bytes, boolean payload) throws IOException {
        (payload ? firstOfPayload : first).write(bytes);
    }

    /** The end of the payload, as far as the joint behind its stages. */
    void endPayload() throws IOException {
        if (firstOfPayload != first) {
            firstOfPayload.end();
        }
    }

    void end() throws IOException {
        first.end();
    }

    void breakOff() throws IOException {
        firstOfPayload.breakOff();
    }
}
