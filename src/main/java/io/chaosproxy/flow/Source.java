package io.chaosproxy.flow;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the bytes of one direction come from. One thread at a time uses it. */
public interface Source {
    /**
     * Waits until there is something to read, or the end; may return too early. It may also return at once and leave the
     * waiting to {@link #read}.
     */
    void await() throws IOException;

    /**
     * Reads what is there.
     *
     * @return how many bytes came, 0 if there are none after all, -1 at the end of the stream
     */
    int read(ByteBuffer bytes) throws IOException;
}
