package io.chaosproxy.net;

import io.chaosproxy.flow.Source;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a stream on their way from one socket to another by {@code splice(2)}: the kernel moves them through a pipe, and the
 * process never has them in its memory.
 *
 * <p>Code that counts bytes without looking at them gets {@link #standIn} instead. Code that needs the bytes reads them from here.
 * One thread at a time uses it.
 */
public final class SplicePipe implements Source, AutoCloseable {
    /** The capacity, and how many bytes are moved at a time: what a user may ask for, {@code pipe-max-size} in pipe(7). */
    private static final int CAPACITY = 1024 * 1024;

    /** Bytes that are copied where they can't be moved: enough to meet the reason. */
    private static final int LOOSE = 4 * 1024;

    private static final int DESCRIPTORS = 2;

    private static final ByteBuffer ANY = ByteBuffer.allocateDirect(CAPACITY).asReadOnlyBuffer();

    private final Splice calls;
    private final Splice.Mover mover;
    private final Pipe pipe;
    private final int in;
    private final int out;
    private final ByteBuffer standIn = ANY.duplicate().limit(0);
    private volatile boolean kept;
    private ByteBuffer loose = ByteBuffer.allocate(0); // those in front of the pipe

    private SplicePipe(Splice calls, Pipe pipe) {
        this.calls = calls;
        this.mover = calls.new Mover();
        this.pipe = pipe;
        this.in = calls.descriptor(pipe.sink());
        this.out = calls.descriptor(pipe.source());
        calls.resize(in, CAPACITY);
    }

    /**
     * An empty one. Only for sockets that {@link Transport#splices}, which there are on Linux alone.
     *
     * @return null unless {@code -Dchaosproxy.splice=true}; where bytes can't be moved; or if there is no descriptor for it
     */
    public static @Nullable SplicePipe open() {
        Splice calls = Boolean.getBoolean("chaosproxy.splice") ? Splice.ofSystem() : null;
        if (calls == null || !FdBudget.OF_PROCESS.take(DESCRIPTORS)) {
            return null;
        }
        try {
            Pipe pipe = Pipe.open();
            FdBudget.OF_PROCESS.opened();
            FdBudget.OF_PROCESS.opened();
            return new SplicePipe(calls, pipe);
        } catch (IOException e) {
            FdBudget.OF_PROCESS.free(DESCRIPTORS);
            return null;
        }
    }

    /** As many bytes as there are in here, from position to limit; their values are not those of the stream. */
    public ByteBuffer standIn() {
        return standIn;
    }

    /**
     * Moves bytes in here that have arrived, while nothing is in here.
     *
     * @param from open, non-blocking, and not closed meanwhile
     * @param most an upper bound
     * @return how many; 0 if there are none, or they can't be moved
     */
    int fill(SocketChannel from, long most) throws IOException {
        standIn.clear().limit(0);
        int count = mover.move(calls.descriptor(from), in, Math.min(most, CAPACITY));
        standIn.limit(count);
        return count;
    }

    /**
     * Moves bytes from here that there is room for.
     *
     * @param to open, non-blocking, and not closed meanwhile
     * @return how many; 0 if there is no room, or they can't be moved
     */
    int drain(SocketChannel to) throws IOException {
        if (loose.hasRemaining()) {
            return 0;
        }
        int count = mover.move(out, calls.descriptor(to), standIn.remaining());
        standIn.position(standIn.position() + count);
        return count;
    }

    /** The next bytes, to be copied; {@link #passed} tells how many of them were. */
    ByteBuffer loose() throws IOException {
        if (!loose.hasRemaining()) {
            loose = ByteBuffer.allocate(Math.min(LOOSE, standIn.remaining()));
            if (loose.hasRemaining()) {
                pipe.source().read(loose);
                loose.flip();
            }
        }
        return loose;
    }

    /** This many of the loose bytes have been handed on. */
    int passed(int count) {
        standIn.position(standIn.position() + count);
        return count;
    }

    /** What is in here needs no waiting for. */
    @Override
    public void await() {}

    /**
     * Reads what is in here.
     *
     * @return how many bytes, 0 if there are none
     */
    @Override
    public int read(ByteBuffer bytes) throws IOException {
        if (!standIn.hasRemaining()) {
            return 0;
        }
        int count;
        if (loose.hasRemaining()) {
            count = Math.min(loose.remaining(), bytes.remaining());
            bytes.put(loose.slice(loose.position(), count));
            loose.position(loose.position() + count);
        } else {
            count = pipe.source().read(bytes);
        }
        return passed(count);
    }

    /** Whether nothing is in here. */
    public boolean isEmpty() {
        return !standIn.hasRemaining();
    }

    /** What is in here is not moved on any more, but read. */
    public void keep() {
        kept = true;
    }

    /** Whether bytes are in here that are to be read. Any thread may ask. */
    public boolean isKept() {
        return kept;
    }

    /** What is still in here is lost. */
    @Override
    public void close() {
        kept = false;
        Sockets.closeQuietly(pipe.sink());
        Sockets.closeQuietly(pipe.source());
        FdBudget.OF_PROCESS.closed();
        FdBudget.OF_PROCESS.closed();
        FdBudget.OF_PROCESS.free(DESCRIPTORS);
    }
}
