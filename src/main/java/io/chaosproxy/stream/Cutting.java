package io.chaosproxy.stream;

import java.io.IOException;

/** A sink that may end the connection in the place of handing bytes on. */
public interface Cutting extends Sink {
    /**
     * Its rule has come into force over bytes that stand still in front of it, held by another rule or by a receiver that
     * doesn't read, perhaps for good. Ends the connection if the next byte would.
     *
     * @throws io.chaosproxy.stream.ConnectionAbort if so
     * @throws io.chaosproxy.flow.PlanChangedException if the plan changed meanwhile; to be called again
     */
    void cutIfDue() throws IOException;
}
