package io.chaosproxy.relay;

import io.chaosproxy.fault.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** An HTTP exchange as those see it who look on. What isn't known yet is zero or empty. Any thread may ask. */
public interface Served {
    Connection connection();

    /** What rules hit: it has number and request. */
    Subject subject();

    /** When the head of the request had been read. */
    Instant began();

    /** The first line of the request as it came, without its end. */
    String requestLine();

    /** The status that was handed on; 0 while there is none, and for good if the exchange ended without a response. */
    int status();

    /** Bytes that went to the client behind the heads. */
    long bytes();

    /** From the request's head until the first byte of the response had been written to the client. */
    Optional<Duration> firstByte();

    /** From the request's head until now, or until it was over. */
    Duration time();
}
