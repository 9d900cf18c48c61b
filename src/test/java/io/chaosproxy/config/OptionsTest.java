package io.chaosproxy.config;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.fault.InvalidValueException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

@Tag("fast")
final class OptionsTest {
    private static final Options ALL = new Options(
            7,
            ofSeconds(1),
            ofSeconds(2),
            2048,
            9,
            ofSeconds(3),
            Options.Log.HITS,
            true,
            false,
            Options.H2c.PASS,
            ProxyProtocol.OFF,
            ForwardAccess.OPEN);

    private static void refused(String message, Executable making) {
        assertEquals(message, assertThrows(InvalidValueException.class, making).getMessage());
    }

    @Test
    void eachOptionIsSetByItself() {
        assertEquals(
                ALL,
                Options.DEFAULTS
                        .maxConnections(7)
                        .connectTimeout(ofSeconds(1))
                        .idleTimeout(ofSeconds(2))
                        .maxHead(2048)
                        .backlog(9)
                        .drain(ofSeconds(3))
                        .log(Options.Log.HITS)
                        .rewriteHost(true)
                        .strict(false)
                        .h2c(Options.H2c.PASS));
    }

    @Test
    void theLeastAndTheMost() {
        Options least = ALL.maxConnections(1)
                .connectTimeout(ofMillis(1))
                .maxHead(Options.MIN_HEAD)
                .backlog(1);
        assertEquals(1, least.maxConnections());
        assertEquals(ZERO, least.idleTimeout(ZERO).drain(ZERO).drain());
        assertEquals(Options.MAX_HEAD, ALL.maxHead(Options.MAX_HEAD).maxHead());
    }

    @Test
    void refusals() {
        refused("max-connections: must be above 0, not 0", () -> ALL.maxConnections(0));
        refused("connect-timeout: must be at least 1 ms", () -> ALL.connectTimeout(ofNanos(999_999)));
        refused("connect-timeout: must not be negative, not PT-1S", () -> ALL.connectTimeout(ofSeconds(-1)));
        refused("idle-timeout: must not be negative, not PT-1S", () -> ALL.idleTimeout(ofSeconds(-1)));
        refused("max-head: must be from 1 KiB to 16 MiB, not 1023", () -> ALL.maxHead(1023));
        refused("max-head: must be from 1 KiB to 16 MiB, not 16777217", () -> ALL.maxHead((16 << 20) + 1));
        refused("backlog: must be above 0, not 0", () -> ALL.backlog(0));
        refused("drain: must not be longer than 365 days, not PT8784H", () -> ALL.drain(Duration.ofDays(366)));
    }
}
