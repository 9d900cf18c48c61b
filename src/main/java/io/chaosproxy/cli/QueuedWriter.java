package io.chaosproxy.cli;

import java.io.PrintStream;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Output through a bounded queue and a dedicated thread, so that a stopped terminal or an unread pipe blocks only that
 * thread. Once a server runs, output that exceeds the queue is dropped and counted; before that, and in commands that only
 * print, writers block as with direct output.
 *
 * <p>Once the output has failed, as on a full disk or into a pipe that was closed, what is written to it is dropped; that of a server is tried
 * again with each piece.
 *
 * <p>One {@link #flush} makes one piece, which is written or lost as a whole. Thread-safe.
 */
final class QueuedWriter extends Writer {
    /** Upper bound for queued characters. */
    static final int MOST = 256 * 1024;

    private final PrintStream out;
    private final ReentrantLock queue = new ReentrantLock();
    private final Condition changed = queue.newCondition();
    private final ArrayDeque<String> waiting = new ArrayDeque<>(); // this and all below are guarded by the lock
    private final StringBuilder piece = new StringBuilder();
    private long characters;
    private boolean writing;
    private boolean lossy;
    private long lost; // pieces since the last that was queued
    private long lostInAll;
    private boolean failed;
    private Runnable onFailure = () -> {};

    QueuedWriter(PrintStream out, String name) {
        this.out = out;
        Thread.ofPlatform().daemon().name("writes " + name).start(this::run);
    }

    /** Makes writers drop output instead of blocking. */
    void neverWait() {
        queue.lock();
        try {
            lossy = true;
            changed.signalAll();
        } finally {
            queue.unlock();
        }
    }

    /** Sets an action for a failure of the output, unless a server runs. */
    void onFailure(Runnable action) {
        queue.lock();
        try {
            onFailure = action;
        } finally {
            queue.unlock();
        }
    }

    /** Whether the output has failed, and no server runs. */
    boolean hasFailed() {
        queue.lock();
        try {
            return failed && !lossy;
        } finally {
            queue.unlock();
        }
    }

    @Override
    public void write(char[] text, int offset, int length) {
        queue.lock();
        try {
            piece.append(text, offset, length);
        } finally {
            queue.unlock();
        }
    }

    @Override
    public void flush() {
        queue.lock();
        try {
            if (!piece.isEmpty()) {
                String text = piece.toString();
                piece.setLength(0);
                add(text);
            }
        } finally {
            queue.unlock();
        }
    }

    private void add(String text) {
        if (failed && !lossy) {
            return;
        }
        while (!lossy && isFull()) {
            changed.awaitUninterruptibly();
        }
        if (isFull()) {
            lost++;
            lostInAll++;
            return;
        }
        if (lost > 0) {
            enqueue("(" + lost + " lines were lost here: the output was not read)" + System.lineSeparator());
            lost = 0;
        }
        enqueue(text);
    }

    private boolean isFull() {
        return characters >= MOST;
    }

    private void enqueue(String text) {
        waiting.add(text);
        characters += text.length();
        changed.signalAll();
    }

    /** Number of dropped pieces. */
    long lost() {
        queue.lock();
        try {
            return lostInAll;
        } finally {
            queue.unlock();
        }
    }

    private void run() {
        try {
            while (true) {
                String next = next();
                boolean fails = true;
                try {
                    out.print(next);
                    fails = out.checkError(); // flushes first
                } finally {
                    written(next, fails);
                }
            }
        } catch (InterruptedException e) {
            // this thread is never interrupted on purpose
        }
    }

    private String next() throws InterruptedException {
        queue.lock();
        try {
            while (waiting.isEmpty()) {
                changed.await();
            }
            writing = true;
            return waiting.remove();
        } finally {
            queue.unlock();
        }
    }

    private void written(String text, boolean fails) {
        Runnable action = () -> {};
        queue.lock();
        try {
            characters -= text.length();
            writing = false;
            if (fails && !failed && !lossy) {
                waiting.clear();
                characters = 0;
                action = onFailure;
            }
            failed = failed || fails;
            if (waiting.isEmpty() && lost > 0) {
                String note = "(" + lost + " lines were lost here: the output was not read)" + System.lineSeparator();
                lost = 0;
                enqueue(note);
            }
            changed.signalAll();
        } finally {
            queue.unlock();
        }
        action.run();
    }

    /** Waits until all output is written; bounded by the timeout once writers no longer block. */
    void drain(Duration atMost) {
        flush();
        long left = atMost.toNanos();
        queue.lock();
        try {
            while ((writing || !waiting.isEmpty()) && (!lossy || left > 0)) {
                if (lossy) {
                    left = changed.awaitNanos(left);
                } else {
                    changed.await(1, TimeUnit.SECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            queue.unlock();
        }
    }

    @Override
    public void close() {
        flush();
    }
}
