package io.chaosproxy.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class PaceTest {
    private final Pace pace = new Pace();

    @Test
    void isNothingAtTheFirstLook() {
        assertEquals(0, at(0, 500));
    }

    @Test
    void countsFromTheFirstLookWhileThatIsLessThanASecondAgo() {
        at(0, 0);
        assertEquals(400, at(250, 100));
        assertEquals(200, at(500, 100));
    }

    @Test
    void forgetsWhatIsLongerAgoThanASecond() {
        at(0, 0);
        at(250, 1000);
        at(500, 1000);
        at(750, 1000);
        assertEquals(1000, at(1000, 1000));
        assertEquals(0, at(1250, 1000));
    }

    @Test
    void looksBackFartherIfItHasToo() {
        at(0, 0);
        assertEquals(100, at(5000, 500));
        assertEquals(300, at(10_000, 2000));
    }

    private long at(long millis, long count) {
        return pace.at(Duration.ofMillis(millis).toNanos(), count);
    }
}
