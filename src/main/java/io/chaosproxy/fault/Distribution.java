package io.chaosproxy.fault;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How a delay is spread. Draws are nanoseconds, never below 0. */
public sealed interface Distribution {
    /** Default upper bound for draws of a heavy tail. */
    Duration LONGEST = Duration.ofMinutes(1);

    /** No delay. */
    Distribution NONE = new Around(Duration.ZERO, Duration.ZERO);

    /**
     * {@return one draw in nanoseconds, 0 or more}
     *
     * @param random source of the draw
     */
    long draw(RandomGenerator random);

    /**
     * The same each time, give or take an even jitter: {@code delay - jitter} up to {@code delay + jitter}.
     *
     * @param delay middle of the range
     * @param jitter largest distance from the middle
     */
    record Around(Duration delay, Duration jitter) implements Distribution {
        /** Rejects negative durations. */
        public Around {
            Check.duration("delay", delay);
            Check.duration("jitter", jitter);
        }

        @Override
        public long draw(RandomGenerator random) {
            long spread = jitter.toNanos();
            return spread == 0 ? delay.toNanos() : Math.max(0, delay.toNanos() + random.nextLong(-spread, spread + 1));
        }
    }

    /**
     * Every value from min to max alike.
     *
     * @param min lower bound, inclusive
     * @param max upper bound, inclusive
     */
    record Uniform(Duration min, Duration max) implements Distribution {
        /** Rejects a range whose ends are not in order. */
        public Uniform {
            Check.range("min", min, "max", max);
        }

        @Override
        public long draw(RandomGenerator random) {
            return random.nextLong(min.toNanos(), max.toNanos() + 1);
        }
    }

    /**
     * The normal distribution, cut off at 0 and at {@code max}.
     *
     * @param mean mean, before values out of range are cut
     * @param deviation standard deviation
     * @param max upper bound, inclusive
     */
    record Normal(Duration mean, Duration deviation, Duration max) implements Distribution {
        /** Rejects negative durations. */
        public Normal {
            Check.range("mean", mean, "max", max);
            Check.duration("deviation", deviation);
        }

        @Override
        public long draw(RandomGenerator random) {
            return cut(mean.toNanos() + random.nextGaussian() * deviation.toNanos(), max);
        }
    }

    /**
     * The lognormal distribution: most near the median, some far above, as measured round trips are.
     *
     * @param median half of the draws are below it
     * @param sigma the standard deviation of the logarithm; 0.5 is a mild tail, 1 a long one
     * @param max longer draws are cut to this
     */
    record LogNormal(Duration median, double sigma, Duration max) implements Distribution {
        public static final int MAX_SIGMA = 10;

        /** Rejects negative durations. */
        public LogNormal {
            Check.range("median", median, "max", max);
            Check.that(sigma >= 0 && sigma <= MAX_SIGMA, "sigma", "must be from 0 to " + MAX_SIGMA + ", not " + sigma);
        }

        @Override
        public long draw(RandomGenerator random) {
            return cut(median.toNanos() * Math.exp(sigma * random.nextGaussian()), max);
        }
    }

    /**
     * The Pareto distribution: the few that take for ever.
     *
     * @param scale the shortest delay
     * @param shape how fast the tail thins out; below 2 the variance has no end, below 1 neither has the mean
     * @param max longer draws are cut to this
     */
    record Pareto(Duration scale, double shape, Duration max) implements Distribution {
        public static final int MAX_SHAPE = 1000;

        /** Rejects parameters that give no distribution. */
        public Pareto {
            Check.range("scale", scale, "max", max);
            Check.that(
                    shape > 0 && shape <= MAX_SHAPE,
                    "shape",
                    "must be above 0 and at most " + MAX_SHAPE + ", not " + shape);
        }

        @Override
        public long draw(RandomGenerator random) {
            return cut(scale.toNanos() / Math.pow(1 - random.nextDouble(), 1 / shape), max);
        }
    }

    private static long cut(double nanos, Duration max) {
        return (long) Math.max(0, Math.min(nanos, (double) max.toNanos()));
    }
}
