package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.TestProxy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class QueuedWriterTest {
    private static final int LINES = 50_000; // of more characters than fit

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final CountDownLatch read = new CountDownLatch(1);

    /** A pipe that nothing reads for a while. */
    private final PrintStream pipe = new PrintStream(
            new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                    try {
                        read.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    written.write(bytes, offset, length);
                }
            },
            true,
            StandardCharsets.UTF_8);

    private String text() {
        return written.toString(StandardCharsets.UTF_8);
    }

    private static void print(PrintWriter out) {
        for (int i = 0; i < LINES; i++) {
            out.println("line " + i);
        }
    }

    @Test
    void noWriterWaitsAndLostLinesAreCounted() throws Exception {
        QueuedWriter queue = new QueuedWriter(pipe, "test");
        queue.neverWait();
        PrintWriter out = new PrintWriter(queue, true);
        print(out);
        queue.drain(Duration.ofMillis(10));
        assertTrue(queue.lost() > 0);
        read.countDown();
        TestProxy.await("counted", () -> text().contains("(" + queue.lost() + " lines were lost here"));
        out.println("later");
        queue.drain(Duration.ofMinutes(1));
        assertTrue(text().endsWith("later" + System.lineSeparator()), text());
        assertEquals(LINES - queue.lost() + 2, text().lines().count());
    }

    @Test
    void aCommandThatOnlyPrintsLosesNothing() throws Exception {
        QueuedWriter queue = new QueuedWriter(pipe, "test");
        PrintWriter out = new PrintWriter(queue, true);
        Thread printing = Thread.ofVirtual().start(() -> {
            print(out);
            queue.drain(Duration.ofNanos(1));
        });
        TestProxy.await("waits", () -> printing.getState() == Thread.State.WAITING);
        read.countDown();
        printing.join();
        assertEquals(0, queue.lost());
        assertEquals(LINES, text().lines().count());
    }

    /** An output that takes one piece. */
    private static final class Closing extends OutputStream {
        final AtomicInteger tries = new AtomicInteger();

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (tries.incrementAndGet() > 1) {
                throw new IOException("Broken pipe");
            }
        }
    }

    @Test
    void anOutputThatFailsIsToldOnceAndHoldsNobodyUp() throws Exception {
        Closing closing = new Closing();
        AtomicInteger told = new AtomicInteger();
        QueuedWriter queue = new QueuedWriter(new PrintStream(closing, true, StandardCharsets.UTF_8), "test");
        queue.onFailure(told::incrementAndGet);
        PrintWriter out = new PrintWriter(queue, true);
        out.println("one");
        queue.drain(Duration.ofSeconds(60));
        assertFalse(queue.hasFailed());
        print(out);
        queue.drain(Duration.ofSeconds(60));
        TestProxy.await("it is told", () -> told.get() == 1);
        print(out);
        queue.drain(Duration.ofSeconds(60));
        assertTrue(queue.hasFailed());
        assertEquals(1, told.get());
    }

    @Test
    void aServersOutputIsTriedAgain() throws Exception {
        Closing closing = new Closing();
        QueuedWriter queue = new QueuedWriter(new PrintStream(closing, true, StandardCharsets.UTF_8), "test");
        queue.onFailure(() -> closing.tries.set(-1000));
        queue.neverWait();
        PrintWriter out = new PrintWriter(queue, true);
        for (int i = 1; i < 4; i++) {
            int line = i;
            out.println("line");
            TestProxy.await("it is tried", () -> closing.tries.get() >= line);
        }
        assertFalse(queue.hasFailed());
    }
}
