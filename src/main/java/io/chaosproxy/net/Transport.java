package io.chaosproxy.net;

import io.chaosproxy.flow.Source;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A stream of bytes in both directions that virtual threads read and write as if it blocked: a socket, or a protocol such as
 * TLS above one. One thread at a time reads, one writes, and any thread may close it.
 */
public interface Transport extends Source, AutoCloseable {
    /**
     * Waits as {@link #await()} does, or until the wait is not wanted any more.
     *
     * @param wanted whether to wait on: asked again after {@link #wakeReader}
     */
    @Override
    void await(BooleanSupplier wanted) throws IOException;

    /** Makes a reader look again that waits in {@link #await(BooleanSupplier)}. */
    void wakeReader();

    /** From here to {@link #endReading} no bytes are read ahead. Only for a transport of which {@link #lookAhead} is used. */
    void beginReading();

    void endReading();

    /**
     * Puts bytes that were read back in front of what the next read returns, and of what was read ahead. Only the reader does
     * that, within {@link #beginReading} if {@link #lookAhead} is used already.
     */
    void putBack(ByteBuffer bytes);

    /**
     * Reads ahead of a reader that doesn't come to read, to learn whether the other end has left; what it reads is kept for
     * the reader, up to a bound. Returns at once if the reader reads itself.
     *
     * @param scratch for a moment
     */
    void lookAhead(ByteBuffer scratch);

    /**
     * Whether the last look ahead may have left bytes unread, so that a reset that stands behind them isn't met. A reader
     * that comes now and then makes room for the next look, and never comes to the end of what arrives faster.
     */
    boolean hasBacklog();

    /**
     * Whether the connection has been torn down, whatever has not been read.
     *
     * @param selector with no other socket
     */
    boolean isTorn(Selector selector) throws IOException;

    /** Whether the other end's stream has ended, as far as that is known. */
    boolean hasEnded();

    /** Failure met when reading ahead, such as a reset. */
    @Nullable
    IOException failure();

    /**
     * Writes a part of the bytes; waits until the kernel takes it.
     *
     * @param wanted whether to wait on: asked again after {@link #wakeWriter}
     * @return how many it took; 0 if the wait was no longer wanted
     * @throws ConnectionResetException if the peer has torn the connection down
     */
    int write(ByteBuffer bytes, BooleanSupplier wanted) throws IOException;

    /** Whether {@link #readInto} and {@link #writeFrom} can move bytes. */
    default boolean splices() {
        return false;
    }

    /**
     * Moves bytes that have arrived into an empty pipe, without waiting. Of those that were read ahead none are moved.
     *
     * @param most an upper bound
     * @return how many; 0 if none can be moved at present, for whatever reason {@link #read} has
     * @throws IOException if this end has been closed
     */
    default int readInto(SplicePipe pipe, long most) throws IOException {
        return 0;
    }

    /**
     * Moves a part of what a pipe has into this, as {@link #write} does. Only where this {@link #splices}.
     *
     * @return how many bytes; 0 if the wait was no longer wanted
     */
    default int writeFrom(SplicePipe pipe, BooleanSupplier wanted) throws IOException {
        throw new UnsupportedOperationException();
    }

    /**
     * Whether a write had to wait though it took all of its bytes in the end, so that the counts don't tell that the other
     * end has been slower than bytes came.
     */
    boolean wasFull();

    /** Makes a writer that waits look again. */
    void wakeWriter();

    /** Ends this side's stream; if it isn't connected any more, there is nothing to end. */
    void end() throws IOException;

    boolean isConnected();

    /** The close that follows tears the connection down by RST (RFC 9293 §3.5.2). */
    void resetOnClose();

    /**
     * Neither {@link #end} nor the close that follows says that nothing is missing, where the protocol can say so (the
     * close_notify of TLS, RFC 8446 §6.1). A socket can't.
     */
    void truncateOnClose();

    @Override
    void close() throws IOException;
}
