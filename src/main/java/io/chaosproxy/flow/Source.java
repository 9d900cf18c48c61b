package io.chaosproxy.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/** Where the bytes of one direction come from. One thread at a time uses it. */
public interface Source {
    /**
     * Waits until there is something to read, or the end; may return too early. It may also return at once and leave the
     * waiting to {@link #read}.
     */
    void await() throws IOException;

    /**
     * Waits as {@link #await()} does, or until the wait is not wanted any more; a source that can't end a wait waits on.
     *
     * @param wanted whether to wait on; when it is asked again is up to the kind of source
     */
    default void await(BooleanSupplier wanted) throws IOException {
        await();
    }

    /**
     * Reads what is there.
     *
     * @return how many bytes came, 0 if there are none after all, -1 at the end of the stream
     */
    int read(ByteBuffer bytes) throws IOException;
}
