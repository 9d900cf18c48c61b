package io.chaosproxy.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * One selector and the timers beside it, run by the thread that calls {@link #run}.
 *
 * <p>A thread for each connection would be pleasanter, but the load must cost less than what it measures.
 */
public final class Loop implements AutoCloseable {
    private static final long LONGEST_NAP_MILLIS = 10;
    private static final int SCRATCH = 256 * 1024;

    private final Selector selector;
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH);

    /** What is called when a channel has become ready. */
    public interface Handler {
        void ready(SelectionKey key) throws IOException;

        /** It threw this, or its connection did. */
        void failed(IOException reason);

        /** The loop ends. */
        default void closing() {}
    }

    private record Timer(long at, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return Long.signum(at - other.at);
        }
    }

    public Loop() throws IOException {
        selector = Selector.open();
    }

    /** Watches a channel. */
    public SelectionKey register(SelectableChannel channel, int interest, Handler handler) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, interest, handler);
    }

    /** Calls the task at that moment of {@link System#nanoTime}, up to one millisecond late. */
    public void at(long nanoTime, Runnable task) {
        timers.add(new Timer(nanoTime, task));
    }

    /** A buffer for whoever is being called, empty. */
    public ByteBuffer scratch() {
        return scratch.clear();
    }

    /** Serves until then. */
    public void run(BooleanSupplier done) throws IOException {
        while (!done.getAsBoolean()) {
            selector.select(Loop::dispatch, napMillis());
            fire();
        }
    }

    private static void dispatch(SelectionKey key) {
        Handler handler = (Handler) key.attachment();
        try {
            handler.ready(key);
        } catch (IOException e) {
            handler.failed(e);
        }
    }

    private long napMillis() {
        Timer next = timers.peek();
        return next == null
                ? LONGEST_NAP_MILLIS
                : Math.clamp(TimeUnit.NANOSECONDS.toMillis(next.at - System.nanoTime()), 1, LONGEST_NAP_MILLIS);
    }

    private void fire() {
        for (Timer next = timers.peek(); next != null && next.at - System.nanoTime() <= 0; next = timers.peek()) {
            timers.remove();
            next.task.run();
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            ((Handler) key.attachment()).closing();
            key.channel().close();
        }
        selector.close();
    }
}
