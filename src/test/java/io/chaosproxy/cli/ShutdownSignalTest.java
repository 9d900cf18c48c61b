package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What SIGHUP does, whenever it comes. */
final class ShutdownSignalTest {
    private final ShutdownSignal signal = new ShutdownSignal();
    private final AtomicInteger reloads = new AtomicInteger();

    @Test
    void isAShutdownUnlessThereIsAnotherAction() {
        signal.hangup();
        assertTrue(signal.isAsked());
    }

    /** During a start it isn't known yet whether there is something to reload. */
    @Test
    void waitsForTheEndOfTheStart() {
        signal.keepHangups();
        signal.hangup();
        signal.hangup();
        signal.onHangup(reloads::incrementAndGet);
        assertEquals(0, reloads.get());
        signal.handleHangups();
        assertEquals(1, reloads.get());
        signal.hangup();
        assertEquals(2, reloads.get());
        assertFalse(signal.isAsked());
    }

    @Test
    void aStartWithoutAnyIsFollowedByNone() {
        signal.keepHangups();
        signal.onHangup(reloads::incrementAndGet);
        signal.handleHangups();
        assertEquals(0, reloads.get());
    }
}
