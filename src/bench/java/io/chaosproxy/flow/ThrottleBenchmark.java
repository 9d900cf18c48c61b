package io.chaosproxy.flow;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** What the limiter itself costs: room on a link so wide that nobody waits for it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class ThrottleBenchmark {
    private static final long WIDE = 1L << 50;
    private static final int BYTES = 1460;

    private final RateLimiter link = new RateLimiter(TimeSource.SYSTEM, RateSchedule.constant(WIDE));

    /** A thread's place to wait, as each connection has one. */
    @State(Scope.Thread)
    public static class Writer {
        final Waits waits = new Waits(TimeSource.SYSTEM);
    }

    @Benchmark
    public int alone(Writer writer) {
        return link.take(BYTES, writer.waits, () -> true);
    }

    @Benchmark
    @Threads(8)
    public int among8(Writer writer) {
        return link.take(BYTES, writer.waits, () -> true);
    }
}
