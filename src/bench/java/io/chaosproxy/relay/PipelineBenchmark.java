package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.Request;
import io.chaosproxy.inject.Target;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What the plan's chain costs: a new exchange, and one piece of its response, into a sink that takes everything. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class PipelineBenchmark {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Address ANYWHERE = new Address("127.0.0.1", 0);
    private static final Address UNUSED = new Address("127.0.0.1", 9); // never dialled

    /** {@code armed}: three rules that never hit. */
    @Param({"none", "armed"})
    String rules = "none";

    private final ByteBuffer piece = ByteBuffer.allocate(1460);
    private @Nullable Fixture fixture;
    private long number;

    /** What a pipeline needs around it. */
    private record Fixture(ProxyServer proxy, ServerSocketChannel peer, SocketChannel client, FaultPipeline pipeline) {}

    private enum Get implements Request {
        SMALL;

        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String path() {
            return "/small";
        }

        @Override
        public String host() {
            return "bench";
        }

        @Override
        public @Nullable String header(String name) {
            return null;
        }
    }

    private enum Nowhere implements Sink {
        INSTANCE;

        @Override
        public void write(ByteBuffer bytes) {
            bytes.position(bytes.limit());
        }

        @Override
        public void end() {}
    }

    private enum NoOwner implements ConnectionOwner<Connection> {
        INSTANCE;

        @Override
        public Thread start(Thread.Builder builder, Runnable task) {
            return builder.start(task);
        }

        @Override
        public void left(Connection connection, SocketPair upstream) {}

        @Override
        public void dialled(Connection connection, SocketPair upstream) {}

        @Override
        public void failed(Connection connection, Throwable defect) {}

        @Override
        public void closed(Connection connection) {}
    }

    @Setup
    public void connect() throws IOException {
        Plan plan = rules.equals("none")
                ? Plan.of()
                : Plan.of(
                        Rule.of("slow", Latency.of(Duration.ofMillis(100))).probability(0),
                        Rule.of("dirt", new Corrupt(1, 65536)).probability(0),
                        Rule.of("slower", Latency.of(Duration.ofSeconds(1))).probability(0));
        ProxySpec spec = new ProxySpec("bench", Protocol.HTTP, ANYWHERE, UNUSED, plan, Options.DEFAULTS);
        ServerContext common = new ServerContext(1, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY));
        ProxyServer proxy = new ProxyServer(spec, common, new TcpHandler());
        ServerSocketChannel peer = ServerSocketChannel.open().bind(new InetSocketAddress(LOOPBACK, 0));
        SocketChannel client = SocketChannel.open(peer.getLocalAddress());
        FaultPipeline pipeline = new Connection(proxy.context(), NoOwner.INSTANCE, 1, client).pipeline(Direction.DOWN);
        pipeline.lead(Nowhere.INSTANCE);
        fixture = new Fixture(proxy, peer, client, pipeline);
    }

    @TearDown
    public void disconnect() throws IOException {
        Fixture used = there();
        used.client.close();
        used.peer.close();
        used.proxy.close();
    }

    private Fixture there() {
        if (fixture == null) {
            throw new IllegalStateException("not set up");
        }
        return fixture;
    }

    @Benchmark
    public void exchange() throws IOException {
        Fixture used = there();
        number++;
        used.pipeline.begin(
                Target.connection(1, LOOPBACK, used.proxy.active()).exchange(number, Get.SMALL, used.proxy.active()));
        used.pipeline.write(piece.clear());
    }

    @Benchmark
    public void piece() throws IOException {
        there().pipeline.write(piece.clear());
    }
}
