package io.chaosproxy.net;

import io.chaosproxy.flow.Chunk;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The thread that lets go of shared buffers after a burst, while the process has a proxy. */
final class IdleBuffers {
    private static final Duration PERIOD = Duration.ofSeconds(10);

    private final Thread thread = Thread.ofVirtual().name("idle buffers").unstarted(this::run);
    private volatile boolean stopped;

    private IdleBuffers() {}

    static IdleBuffers start() {
        IdleBuffers started = new IdleBuffers();
        started.thread.start();
        return started;
    }

    /** Lets go of all that nothing has borrowed, and ends the thread that is returned. */
    Thread stop() {
        stopped = true;
        LockSupport.unpark(thread);
        Chunk.freeIdleBuffers();
        return thread;
    }

    private void run() {
        while (!stopped) {
            LockSupport.parkNanos(this, PERIOD.toNanos());
            Chunk.shrinkIdleBuffers();
        }
    }
}
