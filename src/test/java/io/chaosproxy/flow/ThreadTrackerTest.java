package io.chaosproxy.flow;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class ThreadTrackerTest {
    private final ThreadTracker threads = new ThreadTracker();

    @Test
    void theEndOfAllIsAwaited() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        threads.start(Thread.ofVirtual(), () -> awaitQuietly(goOn));
        assertFalse(threads.awaitEnd(Duration.ofMillis(50)));
        goOn.countDown();
        assertTrue(threads.awaitEnd(Duration.ofSeconds(60)));
    }

    /** A thread is known a moment before it starts, when it can't be joined. */
    @Test
    void threadsMayStartWhileTheEndIsAwaited() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        Thread starting = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 2_000; i++) {
                threads.start(Thread.ofPlatform(), ran::incrementAndGet); // slower to start than a virtual one
            }
        });
        while (starting.isAlive()) {
            assertTrue(threads.awaitEnd(Duration.ofSeconds(60)));
        }
        assertTrue(threads.awaitEnd(Duration.ofSeconds(60)));
        assertTrue(ran.get() == 2_000);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
