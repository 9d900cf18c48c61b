package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A streak begins after enough full reads in a row, and ends after enough short ones in a row. */
final class StreakTest {
    private static final int LARGE = 128 * 1024;
    private static final int TO_BEGIN = (int) (Streak.LONG / LARGE);

    private final Streak streak = new Streak();

    private void read(int times, int bytes) {
        for (int i = 0; i < times; i++) {
            streak.read(bytes);
        }
    }

    @Test
    void beginsWithTheBytesOfFullReads() {
        read(TO_BEGIN - 1, LARGE);
        assertFalse(streak.isLong());
        read(1, LARGE);
        assertTrue(streak.isLong());
    }

    @Test
    void aShortReadBeforeThatBeginsAnew() {
        read(TO_BEGIN - 1, LARGE);
        streak.read(Streak.FULL - 1);
        read(TO_BEGIN - 1, LARGE);
        assertFalse(streak.isLong());
        read(1, LARGE);
        assertTrue(streak.isLong());
    }

    @Test
    void shortReadsAloneNeverBeginOne() {
        read(100_000, Streak.FULL - 1);
        assertFalse(streak.isLong());
    }

    @Test
    void endsAfterShortReadsInARow() {
        read(TO_BEGIN, LARGE);
        read(Streak.SHORT_READS - 1, 1);
        assertTrue(streak.isLong());
        read(1, Streak.FULL);
        read(Streak.SHORT_READS - 1, 0);
        assertTrue(streak.isLong());
        read(1, 0);
        assertFalse(streak.isLong());
        read(1, LARGE);
        assertFalse(streak.isLong());
    }
}
