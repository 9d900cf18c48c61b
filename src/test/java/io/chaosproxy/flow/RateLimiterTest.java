package io.chaosproxy.flow;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.HandClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A million bytes per second is a byte each microsecond, and 4000 bytes, 4 ms, are its quantum. */
final class RateLimiterTest {
    private static final long MEGABYTE = 1_000_000;
    private static final int PLENTY = 100_000_000;

    private final HandClock running = HandClock.running();
    private final HandClock standing = HandClock.standing();
    private final List<String> log = new ArrayList<>();
    private final List<Writer> writers = new ArrayList<>();

    @AfterEach
    void writersGoHome() throws InterruptedException {
        for (Writer writer : writers) {
            writer.leave();
            writer.thread.join();
        }
    }

    /** Takes again and again, on a thread of its own, and logs such as {@code 4.0 a 4000}. */
    private final class Writer {
        private final Waits waits = new Waits(standing);
        private final Thread thread;
        private volatile boolean wanted = true;

        Writer(String name, RateLimiter throttle, int atMost) {
            thread = Thread.ofVirtual().start(() -> {
                int granted;
                do {
                    granted = throttle.take(atMost, waits, () -> wanted);
                    synchronized (log) {
                        log.add(time(standing) + " " + name + " " + granted);
                    }
                } while (granted > 0);
            });
            writers.add(this);
            settle();
        }

        void leave() {
            wanted = false;
            waits.wake();
        }
    }

    private void settle() {
        standing.settle(writers.stream().map(writer -> writer.thread).toArray(Thread[]::new));
    }

    private void step(int times) {
        for (int i = 0; i < times; i++) {
            standing.advanceToNext();
            settle();
        }
    }

    private List<String> log() {
        synchronized (log) {
            List<String> entries = List.copyOf(log);
            log.clear();
            return entries;
        }
    }

    /** In microseconds, for a nanosecond may be lost to rounding. */
    private static double time(HandClock clock) {
        return Math.round(clock.millis() * 1000) / 1000.0;
    }

    private String take(RateLimiter throttle, int atMost) {
        int granted = throttle.take(atMost, new Waits(running), () -> true);
        return time(running) + " " + granted;
    }

    @Test
    void oneWriterGetsAQuantumAtATime() {
        RateLimiter throttle = new RateLimiter(running, RateSchedule.constant(MEGABYTE));
        assertEquals("4.0 4000", take(throttle, PLENTY));
        assertEquals("8.0 4000", take(throttle, PLENTY));
        assertEquals("8.5 500", take(throttle, 500));
        assertEquals("8.501 1", take(throttle, 1));
        for (int i = 0; i < 10_000; i++) {
            take(throttle, PLENTY);
        }
        assertEquals(8.501 + 40_000, running.millis(), 0.001); // nothing adds up
    }

    @Test
    void tenWritersGetATenthEachInTheOrderOfTheirArrival() {
        RateLimiter throttle = new RateLimiter(standing, RateSchedule.constant(MEGABYTE));
        for (int i = 0; i < 10; i++) {
            new Writer("" + i, throttle, PLENTY);
        }
        step(100);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            expected.add(4.0 * (i + 1) + " " + i % 10 + " 4000");
        }
        assertEquals(expected, log());
    }

    /** With whole quanta a round of 200 writers would take ten seconds at 10 KiB/s. */
    @ParameterizedTest
    @CsvSource({"200, 10240", "50, 1000"})
    void amongManyWritersEachGetsItsTurnWithinASecond(int count, long rate) {
        RateLimiter throttle = new RateLimiter(standing, RateSchedule.constant(rate));
        for (int i = 0; i < count; i++) {
            new Writer("" + i, throttle, PLENTY);
        }
        log();
        while (standing.millis() < 2000) {
            step(1);
        }
        Map<String, List<Double>> times = new TreeMap<>();
        Map<String, Long> bytes = new TreeMap<>();
        for (String entry : log()) {
            String[] parts = entry.split(" ");
            times.computeIfAbsent(parts[1], writer -> new ArrayList<>(List.of(0.0)))
                    .add(Double.valueOf(parts[0]));
            bytes.merge(parts[1], Long.valueOf(parts[2]), Long::sum);
        }
        assertEquals(count, bytes.size());
        times.forEach((writer, moments) -> {
            moments.add(standing.millis());
            for (int i = 1; i < moments.size(); i++) {
                assertTrue(moments.get(i) - moments.get(i - 1) < 1000, writer + " waited: " + moments);
            }
        });
        long least = bytes.values().stream().mapToLong(Long::longValue).min().orElseThrow();
        long most = bytes.values().stream().mapToLong(Long::longValue).max().orElseThrow();
        long total = bytes.values().stream().mapToLong(Long::longValue).sum();
        assertTrue(most - least <= most / 2, least + " to " + most);
        assertEquals(rate * standing.millis() / 1000, (double) total, rate * 0.1);
    }

    @Test
    void aShortMessageWaitsForOneQuantumOfTheOthersNotForTheirDownloads() {
        RateLimiter throttle = new RateLimiter(standing, RateSchedule.constant(MEGABYTE));
        new Writer("download", throttle, PLENTY);
        new Writer("upload", throttle, PLENTY);
        new Writer("chat", throttle, 100);
        step(6);
        assertEquals(
                List.of(
                        "4.0 download 4000",
                        "8.0 upload 4000",
                        "8.1 chat 100",
                        "12.1 download 4000",
                        "16.1 upload 4000",
                        "16.2 chat 100"),
                log());
    }

    /** The link has released 3000 bytes, which is enough for the newcomer, but the first writer waits for 4000. */
    @Test
    void aWriterThatArrivesLaterWaitsThoughThereIsRoomForIt() {
        RateLimiter throttle = new RateLimiter(standing, RateSchedule.constant(MEGABYTE));
        new Writer("first", throttle, PLENTY);
        standing.advance(ofMillis(3));
        settle();
        new Writer("later", throttle, 100);
        assertEquals(List.of(), log());
        assertEquals(0, throttle.takeNow(100));
        step(2);
        assertEquals(List.of("4.0 first 4000", "4.1 later 100"), log());
    }

    @Test
    void takeNowGetsWhatIsThereAndDoesNotWait() {
        RateLimiter throttle = new RateLimiter(running, RateSchedule.constant(MEGABYTE));
        assertEquals(0, throttle.takeNow(PLENTY));
        running.advance(ofMillis(4));
        assertEquals(4000, throttle.takeNow(PLENTY));
        assertEquals(0, throttle.takeNow(1));
        assertEquals(4, running.millis());
    }

    @Test
    void aFasterRateHoldsAtOnceForThoseWhoWait() {
        RateLimiter throttle = new RateLimiter(standing, RateSchedule.constant(1000));
        new Writer("a", throttle, PLENTY);
        standing.advance(ofMillis(40)); // 40 bytes have been released
        settle();
        throttle.rates(RateSchedule.constant(MEGABYTE));
        settle();
        assertEquals(MEGABYTE, throttle.rate());
        step(2);
        assertEquals(List.of("43.96 a 4000", "47.96 a 4000"), log());
    }

    @Test
    void aSlowerRateHoldsAtOnceForThoseWhoWait() {
        RateLimiter throttle = new RateLimiter(standing, RateSchedule.constant(MEGABYTE));
        new Writer("a", throttle, PLENTY);
        standing.advance(ofMillis(2)); // 2000 bytes have been released, forty quanta of the new rate
        settle();
        throttle.rates(RateSchedule.constant(1000));
        settle();
        step(2);
        assertEquals(List.of("2.0 a 50", "2.0 a 50", "52.0 a 50", "102.0 a 50"), log());
    }

    @Test
    void rateZeroStallsAndThenItGoesOn() {
        RateLimiter throttle = new RateLimiter(standing, RateSchedule.constant(0));
        new Writer("a", throttle, PLENTY);
        standing.advance(ofHours(5));
        settle();
        assertEquals(List.of(), log());
        throttle.rates(RateSchedule.constant(MEGABYTE));
        settle();
        step(1);
        assertEquals(List.of("1.8000004E7 a 4000"), log());
        throttle.rates(RateSchedule.constant(0));
        standing.advance(ofHours(5));
        settle();
        assertEquals(List.of(), log());
    }

    @Test
    void anIdleLinkSavesUpNoMoreThanAQuantum() {
        RateLimiter throttle = new RateLimiter(running, RateSchedule.constant(MEGABYTE));
        running.advance(ofMillis(100));
        assertEquals("100.0 4000", take(throttle, PLENTY));
        assertEquals("104.0 4000", take(throttle, PLENTY));
        running.advance(ofMillis(1)); // its own time between two takes is not lost to a writer
        assertEquals("108.0 4000", take(throttle, PLENTY));
    }

    @Test
    void aLateWriterCatchesUp() {
        Late time = new Late(running);
        RateLimiter throttle = new RateLimiter(time, RateSchedule.constant(MEGABYTE));
        time.late = ofMillis(50);
        assertEquals("54.0 4000", take(throttle, PLENTY, time));
        time.late = Duration.ZERO;
        for (int i = 0; i < 12; i++) {
            assertEquals("54.0 4000", take(throttle, PLENTY, time));
        }
        assertEquals("56.0 4000", take(throttle, PLENTY, time)); // 2000 of it was left: 56 ms, 56,000 bytes
    }

    @Test
    void aMachineThatSleptCatchesUpOnATenthOfASecond() {
        Late time = new Late(running);
        RateLimiter throttle = new RateLimiter(time, RateSchedule.constant(MEGABYTE));
        time.late = ofHours(8).minusMillis(4);
        assertEquals("2.88E7 4000", take(throttle, PLENTY, time));
        time.late = Duration.ZERO;
        for (int i = 0; i < 24; i++) {
            assertEquals("2.88E7 4000", take(throttle, PLENTY, time));
        }
        assertEquals("2.8800004E7 4000", take(throttle, PLENTY, time));
    }

    @Test
    void whatALateWriterLeftIsNotSavedUpForLater() {
        Late time = new Late(running);
        RateLimiter throttle = new RateLimiter(time, RateSchedule.constant(MEGABYTE));
        time.late = ofMillis(96);
        assertEquals("100.0 4000", take(throttle, PLENTY, time));
        time.late = Duration.ZERO;
        running.advance(ofMillis(900));
        assertEquals("1000.0 4000", take(throttle, PLENTY, time));
        assertEquals("1004.0 4000", take(throttle, PLENTY, time));
    }

    @Test
    void aRateThatChangesByItselfIsExactOverTime() {
        RateSchedule rates = new RateSchedule(
                n -> 100_000 + n * 7919 % 13 * 50_000, ofMillis(100).toNanos());
        RateLimiter throttle = new RateLimiter(running, rates);
        long total = 0;
        while (running.millis() < 20_000) {
            total += throttle.take(PLENTY, new Waits(running), () -> true);
            double released = released(rates, running.millis());
            assertTrue(
                    total <= released + 0.01 && released - total < 2800, // a quantum of the highest rate
                    total + " of " + released + " at " + running.millis());
        }
    }

    @Test
    void stepsShorterThanTheLatenessOfTimersReleaseNoMoreThanTheirRates() {
        RateSchedule rates =
                new RateSchedule(n -> 500_000 + n % 2 * 1_000_000, ofMillis(1).toNanos());
        Late time = new Late(running);
        time.late = ofNanos(2_500_000);
        RateLimiter throttle = new RateLimiter(time, rates);
        long total = 0;
        while (running.millis() < 2000) {
            total += throttle.take(PLENTY, new Waits(time), () -> true);
            double released = released(rates, running.millis());
            assertTrue(total <= released + 0.01, total + " of " + released + " at " + running.millis());
        }
        assertEquals(MEGABYTE * running.millis() / 1000, (double) total, 10_000);
    }

    @Test
    void stepsThatNobodySawCountEachWithItsRate() {
        RateLimiter throttle = new RateLimiter(
                running,
                new RateSchedule(n -> n < 2 ? MEGABYTE : 800_000, ofMillis(1).toNanos()));
        running.advance(ofMillis(3));
        assertEquals("3.0 2800", take(throttle, 2800));
        assertEquals("3.01 8", take(throttle, 8));
    }

    @Test
    void aStepWithAHigherRateIsNotSleptThrough() {
        RateLimiter throttle = new RateLimiter(
                running,
                new RateSchedule(n -> n == 0 ? 1000 : MEGABYTE, ofMillis(20).toNanos()));
        assertEquals("23.98 4000", take(throttle, PLENTY));
    }

    @Test
    void stepsOfRateZeroAreSatOut() {
        RateSchedule rates =
                new RateSchedule(n -> n % 2 == 0 ? 0 : MEGABYTE, ofMillis(500).toNanos());
        RateLimiter throttle = new RateLimiter(running, rates);
        assertEquals("504.0 4000", take(throttle, PLENTY));
        for (int i = 1; i < 124; i++) {
            take(throttle, PLENTY);
        }
        assertEquals(996, time(running));
        take(throttle, PLENTY);
        assertEquals(1504, running.millis(), 0.002);
    }

    /** The integral of the rates. */
    private static double released(RateSchedule rates, double millis) {
        double step = rates.step() / 1e6;
        double bytes = 0;
        for (int n = 0; n * step < millis; n++) {
            bytes += rates.ofStep().applyAsLong(n) * Math.min(step, millis - n * step) / 1000;
        }
        return bytes;
    }

    @Test
    void thePresentRateIsThatOfTheStep() {
        RateLimiter throttle = new RateLimiter(
                running, new RateSchedule(n -> 10 + n, ofMillis(100).toNanos()));
        assertEquals(10, throttle.rate());
        running.advance(ofNanos(99_999_999));
        assertEquals(10, throttle.rate());
        running.advance(ofNanos(1));
        assertEquals(11, throttle.rate());
        throttle.rates(new RateSchedule(n -> 20 + n, ofMillis(100).toNanos()));
        assertEquals(20, throttle.rate());
        running.advance(ofMillis(250));
        assertEquals(22, throttle.rate());
    }

    @Test
    void anAbandonedWaitTakesNothingAndLeavesTheQueue() {
        RateLimiter throttle = new RateLimiter(standing, RateSchedule.constant(MEGABYTE));
        Writer first = new Writer("first", throttle, PLENTY);
        new Writer("second", throttle, PLENTY);
        Writer third = new Writer("third", throttle, PLENTY);
        new Writer("fourth", throttle, PLENTY);
        standing.advance(ofMillis(1));
        settle();
        first.leave();
        third.leave();
        settle();
        step(2);
        List<String> log = log();
        assertEquals(
                List.of("1.0 first 0", "1.0 third 0"),
                log.subList(0, 2).stream().sorted().toList());
        assertEquals(List.of("4.0 second 4000", "8.0 fourth 4000"), log.subList(2, log.size()));
    }

    @Test
    void whoDoesNotWantToWaitStillGetsWhatIsThere() {
        RateLimiter throttle = new RateLimiter(running, RateSchedule.constant(MEGABYTE));
        assertEquals(0, throttle.take(PLENTY, new Waits(running), () -> false));
        assertEquals(0, running.millis());
        running.advance(ofMillis(4));
        assertEquals(4000, throttle.take(PLENTY, new Waits(running), () -> false));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1000", // nothing is smaller than a byte
        "10, 1, 100",
        "1000, 50, 50", // no longer silence than this
        "1020, 51, 50",
        "20000, 1000, 50",
        "29200, 1460, 50", // a segment
        "146000, 1460, 10",
        "365000, 1460, 4",
        "100000000, 400000, 4"
    })
    void eachRateIsAsSmoothAsItCanBe(long rate, int bytes, double millis) {
        RateLimiter throttle = new RateLimiter(running, RateSchedule.constant(rate));
        for (int i = 1; i <= 20; i++) {
            assertEquals(bytes, throttle.take(PLENTY, new Waits(running), () -> true));
            assertEquals(millis * i, running.millis(), 0.001);
        }
    }

    @Test
    void aVeryWideLinkOverflowsNothing() {
        RateLimiter throttle = new RateLimiter(running, RateSchedule.constant(1L << 50));
        assertEquals("0.002 2147483647", take(throttle, Integer.MAX_VALUE));
        running.advance(ofHours(1));
        take(throttle, Integer.MAX_VALUE);
        assertEquals(3_600_000.002, running.millis(), 0.001);
    }

    private String take(RateLimiter throttle, int atMost, TimeSource time) {
        int granted = throttle.take(atMost, new Waits(time), () -> true);
        return time(running) + " " + granted;
    }

    /** A machine whose threads wake late. */
    private static final class Late implements TimeSource {
        private final HandClock clock;
        private Duration late = Duration.ZERO;

        Late(HandClock clock) {
            this.clock = clock;
        }

        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public void park(Object blocker, long nanos) {
            clock.park(blocker, nanos + late.toNanos());
        }

        @Override
        public void unpark(Thread thread) {
            clock.unpark(thread);
        }
    }
}
