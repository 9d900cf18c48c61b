package io.chaosproxy.resources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A process that starts and stops proxies all day has nothing of them left. */
final class StartAndStopTest {
    private static final UnixOperatingSystemMXBean SYSTEM =
            (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    @Test
    void aThousandProxiesUnderTrafficLeaveNothing() throws Exception {
        try (Origin origin = Origin.manual()) {
            cycle(origin, 0); // so that classes, pipes and the JDK's own threads are there
            long files = SYSTEM.getOpenFileDescriptorCount();
            int platform = Thread.getAllStackTraces().size();
            for (int i = 1; i <= 1000; i++) {
                cycle(origin, i);
                if (i % 250 == 0) {
                    assertEquals(List.of(), Threads.named("proxy-of-test"), "after " + i);
                }
            }
            // the collector's and the compiler's threads may come, and a few descriptors of the JDK
            assertTrue(SYSTEM.getOpenFileDescriptorCount() <= files + 10, SYSTEM::toString);
            assertTrue(
                    Thread.getAllStackTraces().size() <= platform + 5,
                    () -> Thread.getAllStackTraces().keySet().toString());
        }
    }

    /** What all proxies of a process share goes with the last of them, and comes again with the next. */
    @Test
    void theLastProxyLeavesNothingShared() throws Exception {
        try (Origin origin = Origin.echo()) {
            exchange(origin);
            int pollers = Threads.named("poller").size();
            int others = Threads.named("idle buffers").size();
            long files = SYSTEM.getOpenFileDescriptorCount();
            for (int i = 1; i <= 1000; i++) {
                exchange(origin);
                assertEquals(pollers, Threads.named("poller").size(), "after " + i);
                assertEquals(others, Threads.named("idle buffers").size(), "after " + i);
            }
            // the origin ends its connections a moment after their clients
            TestProxy.await("descriptors", () -> SYSTEM.getOpenFileDescriptorCount() <= files + 3);
            assertEquals(0, pollers, "no other test has left a proxy");
        }
    }

    private static void exchange(Origin origin) throws Exception {
        try (ChaosProxy proxy = ChaosProxy.tcp("127.0.0.1", origin.port());
                Peer client = Peer.connect(new InetSocketAddress("127.0.0.1", proxy.port()))) {
            try (ChaosProxy other = ChaosProxy.tcp("127.0.0.1", origin.port());
                    Peer another = Peer.connect(new InetSocketAddress("127.0.0.1", other.port()))) {
                assertEquals("hello", another.send("hello").read(5));
                assertEquals("hello", client.send("hello").read(5));
            }
            assertEquals("again", client.send("again").read(5));
        }
    }

    /** Closes a proxy while bytes are held, swallowed and late. */
    private static void cycle(Origin origin, int number) throws Exception {
        ProxySpec spec = ProxySpec.tcp("localhost", origin.port())
                .named("proxy-of-test")
                .with(Options.DEFAULTS.idleTimeout(Duration.ofMinutes(1)));
        List<Peer> peers = new ArrayList<>();
        try (ChaosProxy proxy = ChaosProxy.start(spec, number)) {
            proxy.inject(
                    Rule.of("late", Latency.of(Duration.ofMinutes(1)).onStream())
                            .ttl(Duration.ofMinutes(2)),
                    Rule.of("swallow", Timeout.of(Duration.ofMinutes(1))).probability(0.3),
                    Rule.of("end", new SlowClose(Duration.ofMinutes(1))));
            for (int i = 0; i < 2; i++) {
                Peer client = Peer.connect(new InetSocketAddress("127.0.0.1", proxy.port()));
                client.send("hello");
                Peer upstream = origin.next();
                upstream.send("hello");
                upstream.endOutput();
                peers.addAll(List.of(client, upstream));
            }
        }
        for (Peer peer : peers) {
            peer.close();
        }
    }
}
