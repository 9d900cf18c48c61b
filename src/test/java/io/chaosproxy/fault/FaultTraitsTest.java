package io.chaosproxy.fault;

import static java.time.Duration.ofMillis;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.kit.AllFaults;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The properties of the faults that the relay asks for instead of the fault. */
@Tag("fast")
final class FaultTraitsTest {
    private static final Latency FIRST = Latency.of(ofMillis(1));
    private static final Latency STREAM = FIRST.onStream();
    private static final Corrupt CORRUPT = new Corrupt(1, 100);
    private static final List<StreamFault> STREAM_FAULTS = List.of(
            FIRST,
            STREAM,
            Rate.of(1),
            Outage.of(ofMillis(1)),
            Slice.of(1, ofMillis(1)),
            SlowClose.of(ofMillis(1)),
            Timeout.never(),
            Limit.of(1),
            Truncate.at(1),
            CORRUPT,
            Reset.atRequest(),
            Reset.atFirstByte(),
            Reset.inBody());

    private static Set<StreamFault> those(Predicate<StreamFault> condition) {
        return STREAM_FAULTS.stream().filter(condition).collect(toSet());
    }

    @Test
    void theWordOfEachIsItsName() {
        for (StreamFault fault : STREAM_FAULTS) {
            assertEquals(AllFaults.type(fault.getClass()), fault.type());
        }
    }

    @Test
    void bytesThatAreOnlyLateArriveWhateverBecomesOfTheirSender() {
        assertEquals(Set.of(STREAM, Slice.of(1, ofMillis(1)), SlowClose.of(ofMillis(1))), those(StreamFault::inMotion));
    }

    @Test
    void thoseOfTheContentLeaveHeadAndFramingAlone() {
        assertEquals(Set.of(Truncate.at(1), CORRUPT, Reset.inBody()), those(StreamFault::onContent));
    }

    @Test
    void whatMeetsContentThatIsHeldBack() {
        assertEquals(Set.of(Truncate.at(1), CORRUPT), those(StreamFault::meetsHeldContent));
    }

    @Test
    void thoseOfTheFirstByteSayInWhichDirection() {
        assertEquals(
                Set.of(FIRST, Reset.atRequest(), Reset.atFirstByte()),
                those(fault -> fault.firstByte(Direction.DOWN).isPresent()));
        assertEquals(Optional.of(Direction.UP), FIRST.firstByte(Direction.UP));
        assertEquals(Optional.of(Direction.UP), Reset.atRequest().firstByte(Direction.DOWN));
        assertEquals(Optional.of(Direction.DOWN), Reset.atFirstByte().firstByte(Direction.UP));
    }

    @Test
    void onlyAnOutageStalls() {
        assertEquals(
                Set.of(Outage.of(ofMillis(1))), those(fault -> fault.stalls().isPresent()));
        assertEquals(
                Optional.of(FaultScope.ALL),
                Outage.of(ofMillis(1)).scope(FaultScope.ALL).stalls());
    }
}
