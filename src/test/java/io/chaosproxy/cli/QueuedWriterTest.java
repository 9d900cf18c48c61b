package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
}
