package io.chaosproxy.control.api;

import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.LongSupplier;

/** A lease: how long it lasts, and the wait for its end. Changed under the lock of the registry. */
final class Lease {
    private final String id = UUID.randomUUID().toString();
    private final Waits waits;
    private Ttl ttl;
    private volatile long end; // as in nanoTime
    private volatile boolean over;

    Lease(TimeSource time, Ttl ttl) {
        this.waits = new Waits(time);
        this.ttl = ttl;
    }

    /**
     * Time to live, and the JSON value in which a client gave it.
     *
     * @param written text, or a number of milliseconds
     */
    record Ttl(Duration length, Object written) {}

    /** Lease as the API returns it. */
    record Terms(String id, Ttl ttl, Instant expires) {}

    String id() {
        return id;
    }

    /** Extends it by its duration from now on. */
    Terms renew(long now) {
        return renew(ttl, now);
    }

    /** Extends it by a new duration from now on. */
    Terms renew(Ttl given, long now) {
        ttl = given;
        end = now + given.length().toNanos();
        return new Terms(id, given, Instant.now().plus(given.length()));
    }

    /** Nanoseconds until it ends unless it is renewed. */
    long left(long now) {
        return end - now;
    }

    /** It has ended. */
    void ends() {
        over = true;
        waits.wake();
    }

    /** Makes {@link #await} look again. */
    void wake() {
        waits.wake();
    }

    /** Waits for as long as the supplier says; false once it has ended. */
    boolean await(LongSupplier nanos) {
        return waits.awaitUntil(nanos, () -> !over);
    }
}
