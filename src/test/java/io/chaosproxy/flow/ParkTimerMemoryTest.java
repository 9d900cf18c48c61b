package io.chaosproxy.flow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Jvm;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A child process whose heap is full again and again while many threads wait. */
@Timeout(120)
final class ParkTimerMemoryTest {
    /** The child; it says how the last wait ended. */
    static final class Crowded {
        private static final int THREADS = 3_000;
        private static final int TIMES = 10;

        private static volatile @Nullable Object[] kept;

        private Crowded() {}

        public static void main(String[] args) throws InterruptedException {
            for (int i = 0; i < THREADS; i++) {
                long nanos = Duration.ofMillis(1 + i * 7 % 1_500).toNanos();
                Thread.ofVirtual().start(() -> waitOn(nanos));
            }
            for (int i = 0; i < TIMES; i++) {
                fill();
                Thread.sleep(40);
                kept = null;
                Thread.sleep(150);
            }
            Thread last = Thread.ofVirtual().start(() -> ParkTimer.park(args, 1));
            System.out.println(last.join(Duration.ofSeconds(20)) ? "woken" : "forgotten");
            System.exit(0);
        }

        private static void waitOn(long nanos) {
            while (true) {
                try {
                    ParkTimer.park(Crowded.class, nanos);
                } catch (OutOfMemoryError e) {
                    LockSupport.parkNanos(nanos); // there will be room again
                }
            }
        }

        private static void fill() {
            for (int size = 1 << 16; size >= 4; size /= 4) {
                try {
                    while (true) {
                        Object[] more = new Object[size];
                        more[0] = kept;
                        kept = more;
                    }
                } catch (OutOfMemoryError e) {
                    // goes on with smaller pieces
                }
            }
        }
    }

    @Test
    void waitsEndAgainWhenThereIsMemoryAgain() throws Exception {
        List<String> command = Jvm.withClassPath(List.of("-Xmx24m", "-XX:+UseSerialGC"));
        command.add(Crowded.class.getName());
        Process process = Child.builder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertEquals("woken", new String(process.getInputStream().readAllBytes(), UTF_8).trim());
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
