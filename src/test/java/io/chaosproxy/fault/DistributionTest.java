package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Distribution.Around;
import io.chaosproxy.fault.Distribution.LogNormal;
import io.chaosproxy.fault.Distribution.Normal;
import io.chaosproxy.fault.Distribution.Pareto;
import io.chaosproxy.fault.Distribution.Uniform;
import io.chaosproxy.inject.SeededRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class DistributionTest {
    private static final int DRAWS = 200_000;
    private static final Duration YEAR = Duration.ofDays(365);

    /** Many draws in milliseconds, in order of size. */
    private static double[] sorted(Distribution distribution) {
        SplittableRandom random = new SplittableRandom(1);
        double[] draws = new double[DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            draws[i] = distribution.draw(random) / 1e6;
        }
        Arrays.sort(draws);
        return draws;
    }

    private static double mean(double[] draws) {
        return Arrays.stream(draws).average().orElseThrow();
    }

    private static double quantile(double[] sorted, double q) {
        return sorted[(int) (q * sorted.length)];
    }

    @Test
    void aSeedMeansTheSameForEver() {
        Duration ms100 = ofMillis(100);
        assertEquals(85_376_846, first(new Around(ms100, ofMillis(20))));
        assertEquals(275_565_591, first(new Uniform(ms100, ofMillis(300))));
        assertEquals(147.481940, first(new Normal(ms100, ofMillis(20), Distribution.LONGEST)) / 1e6, 1e-6);
        assertEquals(327.739373, first(new LogNormal(ms100, 0.5, Distribution.LONGEST)) / 1e6, 1e-6);
        assertEquals(134.101716, first(new Pareto(ms100, 2, Distribution.LONGEST)) / 1e6, 1e-6);
    }

    private static long first(Distribution distribution) {
        return distribution.draw(new SeededRandom(42, "shop", "slow").roll(1, 1, 0));
    }

    @Test
    void aroundIsTheSameEachTimeOrEvenOverTheJitter() {
        assertEquals(100, sorted(new Around(ofMillis(100), ZERO))[0]);
        assertEquals(100, sorted(new Around(ofMillis(100), ZERO))[DRAWS - 1]);
        double[] draws = sorted(new Around(ofMillis(100), ofMillis(20)));
        assertEquals(80, draws[0], 0.01);
        assertEquals(90, quantile(draws, 0.25), 0.2);
        assertEquals(100, mean(draws), 0.1);
        assertEquals(120, draws[DRAWS - 1], 0.01);
        assertTrue(draws[0] >= 80 && draws[DRAWS - 1] <= 120);
    }

    @Test
    void aroundReachesBothEndsAndNeverGoesBelowZero() {
        double[] draws = sorted(new Around(ofNanos(2), ofNanos(2)));
        assertEquals(0, draws[0]);
        assertEquals(4e-6, draws[DRAWS - 1]);
        double[] cut = sorted(new Around(ofMillis(10), ofMillis(20)));
        assertEquals(0, quantile(cut, 0.24));
        assertEquals(30, cut[DRAWS - 1], 0.01);
    }

    @Test
    void uniformIsEvenAndReachesBothEnds() {
        double[] draws = sorted(new Uniform(ofMillis(100), ofMillis(300)));
        assertEquals(100, draws[0], 0.01);
        assertEquals(120, quantile(draws, 0.1), 1);
        assertEquals(200, mean(draws), 0.5);
        assertEquals(280, quantile(draws, 0.9), 1);
        assertEquals(300, draws[DRAWS - 1], 0.01);
        assertTrue(draws[0] >= 100 && draws[DRAWS - 1] <= 300);
        double[] few = sorted(new Uniform(ofNanos(3), ofNanos(5)));
        assertEquals(3e-6, few[0]);
        assertEquals(5e-6, few[DRAWS - 1]);
    }

    @Test
    void normalHasItsMeanAndItsQuantiles() {
        double[] draws = sorted(new Normal(ofMillis(100), ofMillis(20), ofSeconds(1)));
        assertEquals(100, mean(draws), 0.2);
        assertEquals(100 - 20 * 1.2816, quantile(draws, 0.1), 0.3);
        assertEquals(100 + 20 * 2.3263, quantile(draws, 0.99), 1);
    }

    @Test
    void normalIsCutAtZeroAndAtItsLongest() {
        double[] draws = sorted(new Normal(ofMillis(10), ofMillis(10), ofMillis(20)));
        assertEquals(0, draws[0]);
        assertEquals(0, quantile(draws, 0.158));
        assertTrue(quantile(draws, 0.160) > 0);
        assertTrue(quantile(draws, 0.839) < 20);
        assertEquals(20, quantile(draws, 0.843));
        assertEquals(20, draws[DRAWS - 1]);
    }

    @Test
    void lognormalHasItsMedianAndItsTail() {
        double[] draws = sorted(new LogNormal(ofMillis(100), 0.5, ofMinutes(1)));
        assertEquals(100, quantile(draws, 0.5), 0.7);
        assertEquals(100 * Math.exp(0.125), mean(draws), 0.7);
        assertEquals(100 * Math.exp(0.5 * 1.2816), quantile(draws, 0.9), 2);
        assertEquals(100 * Math.exp(-0.5 * 1.2816), quantile(draws, 0.1), 0.7);
    }

    @Test
    void lognormalIsCutAtItsLongest() {
        double[] draws = sorted(new LogNormal(ofMillis(100), 10, ofMillis(250)));
        assertEquals(250, draws[DRAWS - 1]);
        assertTrue(draws[0] >= 0);
        assertEquals(100, quantile(sorted(new LogNormal(ofMillis(100), 0, YEAR)), 0.999));
    }

    @Test
    void paretoHasItsScaleAndItsTail() {
        double[] draws = sorted(new Pareto(ofMillis(100), 3, ofMinutes(1)));
        assertEquals(100, draws[0], 0.01);
        assertTrue(draws[0] >= 100);
        assertEquals(100 * Math.pow(2, 1 / 3.0), quantile(draws, 0.5), 0.5);
        assertEquals(100 * Math.pow(100, 1 / 3.0), quantile(draws, 0.99), 14);
        assertEquals(150, mean(draws), 1);
    }

    @Test
    void paretoIsCutAtItsLongest() {
        double[] draws = sorted(new Pareto(ofMillis(100), 0.01, ofMillis(250)));
        assertEquals(250, draws[DRAWS - 1]);
        assertTrue(draws[0] >= 100);
        assertEquals(250, mean(draws), 2);
        assertEquals(0, sorted(new Pareto(ZERO, 1, YEAR))[DRAWS - 1]);
    }

    @Test
    void theLongestThereIsOverflowsNothing() {
        double year = 365 * 86_400_000.0;
        assertTrue(sorted(new Around(YEAR, YEAR))[DRAWS - 1] <= 2 * year);
        assertEquals(year, sorted(new Uniform(YEAR, YEAR))[0]);
        assertEquals(year, sorted(new Normal(YEAR, YEAR, YEAR))[DRAWS - 1]);
        assertEquals(year, sorted(new LogNormal(YEAR, 10, YEAR))[DRAWS - 1]);
        assertEquals(year, sorted(new Pareto(YEAR, 0.001, YEAR))[DRAWS - 1]);
    }

    @Test
    void refusals() {
        Duration less = ofMillis(-1);
        Duration more = YEAR.plusNanos(1);
        refused("delay: must not be negative, not PT-0.001S", () -> new Around(less, ZERO));
        refused("delay: must not be longer than 365 days, not PT8760H0.000000001S", () -> new Around(more, ZERO));
        refused("jitter: must not be negative, not PT-0.001S", () -> new Around(ZERO, less));
        refused("min: must not be negative, not PT-0.001S", () -> new Uniform(less, ZERO));
        refused("max: must not be negative, not PT-0.001S", () -> new Uniform(ZERO, less));
        refused("min: must not be above max", () -> new Uniform(ofMillis(2), ofMillis(1)));
        refused("mean: must not be negative, not PT-0.001S", () -> new Normal(less, ZERO, ZERO));
        refused("mean: must not be above max", () -> new Normal(ofMillis(2), ZERO, ofMillis(1)));
        refused("deviation: must not be negative, not PT-0.001S", () -> new Normal(ZERO, less, ZERO));
        refused("max: must not be negative, not PT-0.001S", () -> new Normal(ZERO, ZERO, less));
        refused("median: must not be negative, not PT-0.001S", () -> new LogNormal(less, 1, ZERO));
        refused("median: must not be above max", () -> new LogNormal(ofMillis(2), 1, ofMillis(1)));
        refused("sigma: must be from 0 to 10, not -0.1", () -> new LogNormal(ZERO, -0.1, ZERO));
        refused("sigma: must be from 0 to 10, not 10.1", () -> new LogNormal(ZERO, 10.1, ZERO));
        refused("sigma: must be from 0 to 10, not NaN", () -> new LogNormal(ZERO, Double.NaN, ZERO));
        refused("scale: must not be negative, not PT-0.001S", () -> new Pareto(less, 1, ZERO));
        refused("scale: must not be above max", () -> new Pareto(ofMillis(2), 1, ofMillis(1)));
        refused("shape: must be above 0 and at most 1000, not 0.0", () -> new Pareto(ZERO, 0, ZERO));
        refused("shape: must be above 0 and at most 1000, not 1000.1", () -> new Pareto(ZERO, 1000.1, ZERO));
        assertEquals(Pareto.MAX_SHAPE, new Pareto(ZERO, Pareto.MAX_SHAPE, ZERO).shape());
        refused("shape: must be above 0 and at most 1000, not NaN", () -> new Pareto(ZERO, Double.NaN, ZERO));
    }
}
