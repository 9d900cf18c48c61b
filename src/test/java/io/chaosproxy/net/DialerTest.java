package io.chaosproxy.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Deaf;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import io.chaosproxy.relay.TcpHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A name with several addresses, of which the first ones drop what is sent to them, or refuse it (RFC 8305). */
class DialerTest {
    private static final InetAddress DEAF = address("127.0.0.1");
    private static final InetAddress GOOD = address("127.0.0.2");
    private static final InetAddress REFUSING = address("127.0.0.3");

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static ProxyServer proxy(int port, Duration timeout, InetAddress... addresses) throws IOException {
        NameResolver resolver = new NameResolver(host -> addresses);
        ServerContext common = new ServerContext(1, TimeSource.SYSTEM, new Journal(10), false, resolver);
        ProxySpec spec = new ProxySpec(
                "race",
                Protocol.TCP,
                new Address("127.0.0.1", 0),
                new Address("several.test", port),
                Plan.CLEAN,
                Options.DEFAULTS.connectTimeout(timeout).log(Options.Log.OFF));
        return ProxyServer.start(spec, common, new TcpHandler());
    }

    private static void assertServed(ServerSocket good, ProxyServer proxy) throws Exception {
        good.setSoTimeout(60_000);
        try (Peer client = Peer.connect(proxy.address()).send("x");
                Socket accepted = good.accept()) {
            accepted.setSoTimeout(60_000);
            assertEquals('x', accepted.getInputStream().read());
            accepted.getOutputStream().write('y');
            assertEquals("y", client.read(1));
            TestProxy.await(
                    "the other attempts end",
                    () -> Threads.named("race #1 dial").isEmpty());
        }
    }

    @Test
    void theNextAddressIsTriedBesideOneThatIsSilent() throws Exception {
        try (Deaf deaf = new Deaf();
                ServerSocket good = new ServerSocket(deaf.port(), 10, GOOD);
                ProxyServer proxy = proxy(deaf.port(), Duration.ofMinutes(5), DEAF, GOOD)) {
            Clock clock = Clock.start();
            assertServed(good, proxy);
            assertTrue(clock.millis() >= 240, clock.millis() + " ms");
        }
    }

    @Test
    void theNextAddressIsTriedAtOnceAfterOneThatRefuses() throws Exception {
        try (ServerSocket good = new ServerSocket(0, 10, GOOD);
                ProxyServer proxy = proxy(good.getLocalPort(), Duration.ofMinutes(5), REFUSING, REFUSING, GOOD)) {
            assertServed(good, proxy);
        }
    }

    @Test
    void allAddressesMayRefuse() throws Exception {
        try (ServerSocket good = new ServerSocket(0, 10, GOOD);
                ProxyServer proxy = proxy(good.getLocalPort(), Duration.ofMinutes(5), REFUSING, DEAF);
                Peer client = Peer.connect(proxy.address())) {
            client.ending();
            assertEquals(1, proxy.traffic().dialFailures());
        }
    }

    @Test
    void theTimeIsBoundedForAllTogether() throws Exception {
        try (Deaf deaf = new Deaf();
                ProxyServer proxy = proxy(deaf.port(), Duration.ofMillis(600), DEAF, DEAF, DEAF, DEAF);
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            client.ending();
            assertTrue(clock.millis() >= 500, clock.millis() + " ms");
            assertEquals(1, proxy.traffic().dialFailures());
        }
    }

    @Test
    void aClosedConnectionCancelsItsAttempts() throws Exception {
        try (Deaf deaf = new Deaf();
                ProxyServer proxy = proxy(deaf.port(), Duration.ofMinutes(5), DEAF, DEAF)) {
            try (Peer client = Peer.connect(proxy.address())) {
                TestProxy.await(
                        "both are tried", () -> Threads.named("race #1 dial").size() == 2);
                proxy.sever();
                client.ending();
            }
            TestProxy.await("cancelled", () -> Threads.named("race #1").isEmpty());
        }
    }

    @Test
    void familiesAlternate() {
        List<InetAddress> mixed = addresses("::1", "::2", "::3", "127.0.0.1", "127.0.0.2");
        assertEquals(addresses("::1", "127.0.0.1", "::2", "127.0.0.2", "::3"), Dialer.alternating(mixed));
        assertEquals(addresses("127.0.0.1", "::1"), Dialer.alternating(addresses("127.0.0.1", "::1")));
    }

    private static List<InetAddress> addresses(String... literals) {
        return Arrays.stream(literals).map(DialerTest::address).toList();
    }
}
