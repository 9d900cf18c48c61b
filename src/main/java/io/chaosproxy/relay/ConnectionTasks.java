package io.chaosproxy.relay;

import io.chaosproxy.flow.Waits;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/** The threads of one connection, and their waits for each other, which the end of the connection ends. Thread-safe. */
final class ConnectionTasks {
    private final Waits waits;
    private final BooleanSupplier open;
    private final BiConsumer<String, Runnable> spawn;

    /**
     * No thread yet.
     *
     * @param open whether the connection is
     * @param spawn starts a virtual thread of the connection with this role
     */
    ConnectionTasks(Waits waits, BooleanSupplier open, BiConsumer<String, Runnable> spawn) {
        this.waits = waits;
        this.open = open;
        this.spawn = spawn;
    }

    /** Starts a virtual thread of the connection with this role. */
    void spawn(String role, Runnable task) {
        spawn.accept(role, task);
    }

    boolean isOpen() {
        return open.getAsBoolean();
    }

    /** Makes the threads that wait here look again. */
    void changed() {
        waits.wake();
    }

    /** Waits until another thread brings the condition about; false if the connection ended before. */
    boolean await(BooleanSupplier condition) {
        return waits.awaitUntil(() -> condition.getAsBoolean() ? 0 : Waits.FOREVER, open);
    }

    /** Waits until another thread brings the condition about, the time is over, or the connection has ended. */
    void await(BooleanSupplier condition, Duration atMost) {
        long begun = System.nanoTime();
        waits.awaitUntil(() -> condition.getAsBoolean() ? 0 : atMost.toNanos() - (System.nanoTime() - begun), open);
    }

    /** Waits this long; false if before that the connection ended, or the wait was no longer wanted. */
    boolean pause(Duration time, BooleanSupplier wanted) {
        return waits.pause(time.toNanos(), () -> isOpen() && wanted.getAsBoolean());
    }
}
