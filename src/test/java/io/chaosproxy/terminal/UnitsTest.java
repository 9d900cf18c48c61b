package io.chaosproxy.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "999, 999 B",
        "1000, 1.0 KiB",
        "1024, 1 KiB",
        "1536, 1.5 KiB",
        "10239, 10 KiB",
        "65536, 64 KiB",
        "1048575, 1.0 MiB",
        "1048576, 1 MiB",
        "9223372036854775807, 8 EiB",
    })
    void bytes(long bytes, String text) {
        assertEquals(text, Units.bytes(bytes));
    }

    @Test
    void areTheSameInEveryLocale() {
        Locale usual = Locale.getDefault();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertEquals("1.5 KiB/s", Units.rate(1536));
        } finally {
            Locale.setDefault(usual);
        }
    }

    @Test
    void clock() {
        assertEquals("0:00:59", Units.clock(Duration.ofMillis(59_999)));
        assertEquals("26:03:04", Units.clock(Duration.ofHours(26).plusSeconds(184)));
    }

    @Test
    void counts() {
        assertEquals("1 rule", Units.count(1, "rule"));
        assertEquals("0 proxies", Units.count(0, "proxy", "proxies"));
        assertEquals("none", Units.counts(Map.of()));
        assertEquals("latency 12, reset 1", Units.counts(new TreeMap<>(Map.of("reset", 1L, "latency", 12L))));
    }
}
