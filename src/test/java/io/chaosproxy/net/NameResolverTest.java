package io.chaosproxy.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import io.chaosproxy.relay.TcpHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameResolverTest {
    private static final String NAME = "slow.test";

    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch answer = new CountDownLatch(1);
    private final List<Peer> clients = new ArrayList<>();

    @AfterEach
    void leave() throws Exception {
        answer.countDown();
        Threads.awaitNone("look-up of " + NAME);
        for (Peer client : clients) {
            client.close();
        }
    }

    private InetAddress[] slow(String host) throws UnknownHostException {
        asked.incrementAndGet();
        try {
            answer.await();
        } catch (InterruptedException e) {
            throw new UnknownHostException("interrupted");
        }
        return InetAddress.getAllByName("127.0.0.1");
    }

    private static ProxyServer proxy(NameResolver resolver, int port, Duration connectTimeout) throws IOException {
        ServerContext common = new ServerContext(1, TimeSource.SYSTEM, new Journal(10), false, resolver);
        ProxySpec spec = new ProxySpec(
                "named",
                Protocol.TCP,
                new Address("127.0.0.1", 0),
                new Address(NAME, port),
                Plan.CLEAN,
                Options.DEFAULTS.connectTimeout(connectTimeout).log(Options.Log.OFF));
        return ProxyServer.start(spec, common, new TcpHandler());
    }

    private Peer connect(ProxyServer proxy) throws IOException {
        Peer client = Peer.connect(proxy.address());
        clients.add(client);
        return client;
    }

    @Test
    void allConnectionsShareOneLookUp() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = proxy(new NameResolver(this::slow), origin.port(), Duration.ofMinutes(5))) {
            for (int i = 0; i < 300; i++) {
                connect(proxy).send("x");
            }
            TestProxy.await("all are there", () -> proxy.connections().size() == 300);
            TestProxy.await("asked", () -> asked.get() > 0);
            assertEquals(1, Threads.named("look-up of " + NAME).size());
            clients.getFirst().reset();
            answer.countDown();
            for (Peer client : clients.subList(1, clients.size())) {
                assertEquals("x", client.read(1));
            }
            assertEquals("y", connect(proxy).send("y").read(1));
            assertEquals(1, asked.get());
        }
    }

    @Test
    void aClosedProxyLeavesNoThread() throws Exception {
        ProxyServer proxy = proxy(new NameResolver(this::slow), 1, Duration.ofMinutes(5));
        for (int i = 0; i < 20; i++) {
            connect(proxy);
        }
        TestProxy.await("asked", () -> asked.get() > 0);
        proxy.close();
        assertTrue(proxy.awaitEnd(Duration.ofMinutes(1)));
        assertEquals(List.of(), Threads.named("look-up of " + NAME));
        for (Peer client : clients) {
            client.ending();
        }
    }

    @Test
    void eachConnectionKeepsItsOwnTimeout() throws Exception {
        NameResolver resolver = new NameResolver(this::slow);
        try (ProxyServer patient = proxy(resolver, 1, Duration.ofMinutes(5));
                ProxyServer hasty = proxy(resolver, 1, Duration.ofMillis(200))) {
            Peer waiting = connect(patient);
            TestProxy.await("asked", () -> asked.get() > 0);
            connect(hasty).ending();
            assertTrue(waiting.isSilentFor(100));
            assertEquals(1, asked.get());
        }
    }

    @Test
    void resultsAreKeptForAWhile() throws Exception {
        NameResolver resolver = new NameResolver(host -> {
            asked.incrementAndGet();
            if (host.equals("none.test")) {
                throw new UnknownHostException(host);
            }
            return InetAddress.getAllByName("127.0.0.1");
        });
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < NameResolver.NOT_FOUND.toNanos() / 2) {
            assertThrows(UnknownHostException.class, () -> resolver.addresses("none.test", Duration.ofMinutes(1)));
            resolver.addresses(NAME, Duration.ofMinutes(1));
        }
        assertEquals(2, asked.get());
        TestProxy.await("a failure is asked again", () -> {
            assertThrows(UnknownHostException.class, () -> resolver.addresses("none.test", Duration.ofMinutes(1)));
            return asked.get() == 3;
        });
        assertTrue(System.nanoTime() - begun >= NameResolver.NOT_FOUND.toNanos());
        TestProxy.await("addresses are asked again", () -> {
            try {
                resolver.addresses(NAME, Duration.ofMinutes(1));
                return asked.get() == 4;
            } catch (UnknownHostException e) {
                throw new AssertionError(e);
            }
        });
        assertTrue(System.nanoTime() - begun >= NameResolver.FOUND.toNanos());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "192.168.100.200", "::1", "fe80::1%eth0"})
    void anAddressIsALiteral(String host) {
        assertTrue(NameResolver.isLiteral(host));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "1..2.3",
                ".1.2.3",
                "1.2.3.",
                "1.2.3.4.",
                "1.2.3.x",
                "١.٢.٣.٤",
                "db-1.local"
            })
    void aNameIsNone(String host) {
        assertFalse(NameResolver.isLiteral(host));
    }

    @Test
    void aboutLiteralsNobodyIsAsked() throws Exception {
        NameResolver resolver = new NameResolver(this::slow);
        assertEquals(
                List.of(InetAddress.getByName("127.0.0.1")), resolver.addresses("127.0.0.1", Duration.ofMillis(1)));
        assertEquals(List.of(InetAddress.getByName("::1")), resolver.addresses("::1", Duration.ofMillis(1)));
        assertEquals(0, asked.get());
    }

    @Test
    void theNumberOfNamesIsBounded() throws Exception {
        NameResolver resolver = new NameResolver(host -> InetAddress.getAllByName("127.0.0.1"));
        for (int i = 0; i < NameResolver.MAX_LOOK_UPS + 100; i++) {
            resolver.addresses("name" + i, Duration.ofMinutes(1));
        }
        assertTrue(resolver.size() <= NameResolver.MAX_LOOK_UPS, resolver.size() + " names");
    }

    @Test
    void aFailingResolverIsAFailureOfTheLookUp() throws Exception {
        NameResolver resolver = new NameResolver(host -> {
            throw new IllegalStateException("broken");
        });
        assertThrows(UnknownHostException.class, () -> resolver.addresses(NAME, Duration.ofMinutes(1)));
    }
}
