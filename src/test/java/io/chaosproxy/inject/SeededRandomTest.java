package io.chaosproxy.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
final class SeededRandomTest {
    private static final int KEYS = 100_000;

    private static final SeededRandom SLOW = new SeededRandom(42, "shop", "slow");

    private static boolean[] hits(SeededRandom dice) {
        boolean[] hits = new boolean[KEYS];
        for (int i = 0; i < KEYS; i++) {
            hits[i] = dice.roll(1 + i / 10, 1 + i % 10, 0).nextDouble() < 0.1;
        }
        return hits;
    }

    private static int count(boolean[] hits) {
        int count = 0;
        for (boolean hit : hits) {
            count += hit ? 1 : 0;
        }
        return count;
    }

    @Test
    void aSeedMeansTheSameForEver() {
        assertEquals(-4227120786245979251L, SLOW.roll(1, 0, 0).nextLong());
        assertEquals(8189019120096226576L, SLOW.roll(1, 1, 0).nextLong());
        assertEquals(5514932077023393812L, SLOW.roll(2, 1, 0).nextLong());
        assertEquals(6106915357814788924L, SLOW.roll(1, 1, 1).nextLong());
        assertEquals(
                4601275507474438698L, new SeededRandom(0, "", "").roll(0, 0, 0).nextLong());
        assertEquals(
                -3810641282930615806L,
                new SeededRandom(-1, "\u00e4", "x").roll(5, 6, 7).nextLong());
    }

    @Test
    void soDoesEachKindOfDraw() {
        RandomGenerator random = SLOW.roll(1, 1, 0);
        assertEquals(0.44392761602668307, random.nextDouble());
        assertEquals(29, random.nextInt(1, 256));
        assertEquals(698, random.nextLong(1000));
        assertEquals(142, random.nextLong(100, 201));
        assertEquals(-1.8268512704128343, random.nextGaussian(), 1e-12);
    }

    @Test
    void theSameNumbersGiveTheSameDraws() {
        RandomGenerator one = new SeededRandom(7, "a", "b").roll(3, 2, 1);
        RandomGenerator other = new SeededRandom(7, "a", "b").roll(3, 2, 1);
        for (int i = 0; i < 100; i++) {
            assertEquals(one.nextLong(), other.nextLong());
        }
    }

    @Test
    void everyNumberAndEveryNameMatters() {
        Set<Long> first = new HashSet<>();
        int count = 0;
        for (long seed = 0; seed < 5; seed++) {
            for (String proxy : new String[] {"", "a", "b", "ab", "ba"}) {
                for (String rule : new String[] {"", "a", "b", "ab", "ba"}) {
                    for (long key = 0; key < 1000; key++, count++) {
                        first.add(new SeededRandom(seed, proxy, rule)
                                .roll(key / 100, key / 10 % 10, key % 10)
                                .nextLong());
                    }
                }
            }
        }
        assertEquals(count, first.size());
    }

    /* 99.9 % of a binomial distribution of 100,000 trials at 0.1 lie within 3.2905 of its standard deviation, 94.87. */
    @ParameterizedTest
    @CsvSource({"1, shop, slow", "2, shop, slow", "1, orders, slow", "1, shop, reset", "0, '', ''"})
    void aTenthOfTheTrialsHits(long seed, String proxy, String rule) {
        assertEquals(10_000, count(hits(new SeededRandom(seed, proxy, rule))), 3.2905 * 94.87);
    }

    @ParameterizedTest
    @CsvSource({"1, shop, fast", "1, shop, slow2", "1, ship, slow", "2, shop, slow", "1, slow, shop"})
    void otherNamesAreIndependent(long seed, String proxy, String rule) {
        boolean[] one = hits(new SeededRandom(1, "shop", "slow"));
        boolean[] other = hits(new SeededRandom(seed, proxy, rule));
        int both = 0;
        for (int i = 0; i < KEYS; i++) {
            both += one[i] && other[i] ? 1 : 0;
        }
        assertEquals(1000, both, 3.2905 * Math.sqrt(KEYS * 0.01 * 0.99));
    }

    @Test
    void oneHitSaysNothingAboutTheNext() {
        boolean[] hits = hits(new SeededRandom(1, "shop", "slow"));
        int pairs = 0;
        for (int i = 1; i < KEYS; i++) {
            pairs += hits[i - 1] && hits[i] ? 1 : 0;
        }
        assertEquals(1000, pairs, 3.2905 * Math.sqrt(KEYS * 0.01 * 0.99));
    }

    @Test
    void whatAHitDrawsDoesNotDependOnHavingHit() {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < KEYS; i++) {
            RandomGenerator random = SLOW.roll(i, 1, 0);
            if (random.nextDouble() < 0.1) {
                sum += random.nextDouble();
                count++;
            }
        }
        double mean = sum / count;
        assertTrue(Math.abs(mean - 0.5) < 3.2905 * Math.sqrt(1 / 12.0 / count), () -> "mean " + mean);
    }
}
