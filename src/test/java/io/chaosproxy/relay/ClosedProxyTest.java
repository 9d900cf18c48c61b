package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.Injection;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The end of a proxy is final. */
final class ClosedProxyTest {
    private static void assertClosed(Executable change) {
        ProxyClosedException e = assertThrows(ProxyClosedException.class, change);
        assertEquals("proxy tcp is closed", e.getMessage());
    }

    private static void assertNobodyListens(InetSocketAddress address) {
        assertThrows(ConnectException.class, () -> Peer.connect(address));
    }

    @Test
    void nothingOpensItAgain() throws Exception {
        ProxyServer proxy = TestProxy.tcp(9);
        InetSocketAddress address = proxy.address();
        proxy.close();
        assertClosed(proxy::enable);
        assertClosed(() -> proxy.redirect(TestProxy.spec(Protocol.TCP, 10)));
        assertClosed(() -> proxy.plan(Plan.CLEAN));
        assertClosed(() -> proxy.changeGently(plan -> plan));
        proxy.disable();
        proxy.close();
        assertFalse(proxy.isEnabled());
        assertNobodyListens(address);
    }

    @Test
    void norDoesAProxyOfATest() throws IOException {
        ChaosProxy proxy = ChaosProxy.tcp("127.0.0.1", 9);
        int port = proxy.port();
        Injection slow = proxy.inject(Latency.of(Duration.ofMillis(1)));
        proxy.close();
        slow.close(); // gone with the proxy
        assertClosed(proxy::enable);
        assertClosed(proxy::clear);
        assertClosed(() -> proxy.inject(Latency.of(Duration.ofMillis(1))));
        proxy.close();
        assertNobodyListens(new InetSocketAddress("127.0.0.1", port));
    }

    /** Nobody connects to a proxy that drains; its plan may still be changed, such as by the end of a latency. */
    @Test
    void oneThatDrainsDoesNotListenAgain() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            InetSocketAddress address = proxy.address();
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            Peer server = origin.next();
            server.readHead();
            FutureTask<Boolean> closed = new FutureTask<>(() -> {
                proxy.close(Duration.ofMinutes(1));
                return true;
            });
            Thread.ofVirtual().start(closed);
            TestProxy.await("not listening", () -> !proxy.isEnabled());
            assertThrows(ProxyClosedException.class, proxy::enable);
            proxy.plan(Plan.CLEAN);
            assertNobodyListens(address);
            server.send("HTTP/1.1 204 No Content\r\n\r\n");
            assertTrue(client.readHead().startsWith("HTTP/1.1 204"));
            assertTrue(closed.get());
            assertThrows(ProxyClosedException.class, () -> proxy.plan(Plan.CLEAN));
        }
    }

    @Test
    void aClosedFleetTakesNoProxy() throws Exception {
        ProxyRegistry fleet = new ProxyRegistry(
                new ServerContext(1, TimeSource.SYSTEM, new Journal(1)), protocol -> new TcpHandler());
        ProxySpec spec = TestProxy.spec(Protocol.TCP, 9);
        ProxyServer proxy = fleet.add(spec, true);
        fleet.close();
        assertClosed(proxy::enable);
        assertClosed(() -> fleet.add(spec.named("tcp"), true));
        assertClosed(() -> fleet.replace(spec, true));
    }

    @Test
    void onlyTheProxyThatIsMeantIsRemoved() throws Exception {
        try (ProxyRegistry fleet = new ProxyRegistry(
                new ServerContext(1, TimeSource.SYSTEM, new Journal(1)), protocol -> new TcpHandler())) {
            ProxySpec spec = TestProxy.spec(Protocol.TCP, 9);
            ProxyServer first = fleet.add(spec, true);
            ProxyServer second = fleet.replace(spec, true);
            assertFalse(fleet.remove(first));
            assertTrue(second.isEnabled());
            assertTrue(fleet.remove(second));
        }
    }
}
