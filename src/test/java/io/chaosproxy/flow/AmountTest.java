package io.chaosproxy.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class AmountTest {
    @Test
    void bytesGetTheUnitThatTheyFillOnce() {
        assertEquals("0 B", Amount.bytes(0));
        assertEquals("999 B", Amount.bytes(999));
        assertEquals("0.98 KiB", Amount.bytes(1000));
        assertEquals("1 KiB", Amount.bytes(1024));
        assertEquals("1.46 KiB", Amount.bytes(1500));
        assertEquals("97.7 KiB", Amount.bytes(100_000));
        assertEquals("64 MiB", Amount.bytes(64 << 20));
        assertEquals("8 EiB", Amount.bytes(Long.MAX_VALUE));
    }

    @Test
    void timesHaveThreeDigits() {
        assertEquals("0 ms", Amount.time(0));
        assertEquals("0.25 ms", Amount.time(250_000));
        assertEquals("12.3 ms", Amount.time(12_345_678));
        assertEquals("300 ms", Amount.time(300_000_000));
        assertEquals("1 s", Amount.time(999_600_000));
        assertEquals("2.5 s", Amount.time(2_500_000_000L));
        assertEquals("59.9 s", Amount.time(59_900_000_000L));
        assertEquals("1 min", Amount.time(59_960_000_000L));
        assertEquals("3 min 20 s", Amount.time(200_000_000_000L));
    }

    @Test
    void oneIsOne() {
        assertEquals("0 hits", Amount.count(0, "hit"));
        assertEquals("1 hit", Amount.count(1, "hit"));
        assertEquals("2 hits", Amount.count(2, "hit"));
    }
}
