package io.chaosproxy.stream;

import java.io.IOException;

/** A wait of a fault that goes on where it was when a change of the plan has interrupted it. */
public final class Pause {
    private boolean begun;
    private long end;

    /**
     * Waits for this long, or for the rest of it if an earlier call was interrupted.
     *
     * @throws io.chaosproxy.flow.PlanChangedException if the plan changed meanwhile; to be called again if the rule stays
     */
    public void await(FaultContext line, long nanos) throws IOException {
        if (!begun) {
            begun = true;
            end = line.now() + nanos;
        }
        line.pause(end - line.now());
        begun = false;
    }
}
