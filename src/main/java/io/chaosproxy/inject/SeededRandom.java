package io.chaosproxy.inject;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Chance that can be repeated: what a rule draws is a pure function of the seed, the names of proxy and rule, and the
 * numbers of connection, exchange and trial. So neither the timing of threads nor an unrelated rule changes anything.
 */
public final class SeededRandom {
    private final long base;

    public SeededRandom(long seed, String proxy, String rule) {
        this.base = mix(mix(seed ^ hash(proxy)) + hash(rule));
    }

    /** Seed of one replica of a cluster whose seed this is: ordinals and draws of each are its own. */
    public static long ofReplica(long seed, String replica) {
        return mix(mix(seed) ^ hash(replica));
    }

    /** The draws of one trial. */
    public RandomGenerator roll(long connection, long exchange, long trial) {
        return new SplittableRandom(mix(mix(mix(base + connection) + exchange) + trial));
    }

    /** FNV-1a with 64 bits (draft-eastlake-fnv): {@link String#hashCode} is too small to keep names apart. */
    private static long hash(String name) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    /** The finalizer of SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
    private static long mix(long z) {
        z += 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
