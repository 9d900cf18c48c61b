package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Proxies of one process that lead to each other. */
@SuppressWarnings("try") // closing is what is tested
final class ProxyChainsTest {
    private static final int LONGEST = 50; // connections that one client makes before the circle is noticed

    private static ProxyServer leadingTo(int port, Protocol protocol, String name) throws Exception {
        return TestProxy.start(TestProxy.spec(protocol, port).named(name), 1);
    }

    private static void redirect(ProxyServer proxy, ProxyServer to) throws Exception {
        ProxySpec spec = proxy.spec();
        Address upstream = new Address("127.0.0.1", to.address().getPort());
        proxy.redirect(
                new ProxySpec(spec.name(), spec.protocol(), spec.listen(), upstream, spec.plan(), spec.options()));
    }

    @ParameterizedTest
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void aCircleEndsAtOnceAndLeavesNothingOpen(Protocol protocol) throws Exception {
        try (ProxyServer first = leadingTo(1, protocol, "first");
                ProxyServer second = leadingTo(first.address().getPort(), protocol, "second");
                ProxyServer third = leadingTo(second.address().getPort(), protocol, "third")) {
            redirect(first, third);
            for (int i = 0; i < 5; i++) {
                try (Peer client = Peer.connect(second.address())) {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                    assertEquals("reset", client.ending());
                }
            }
            for (ProxyServer proxy : List.of(first, second, third)) {
                TestProxy.await("closed", () -> proxy.connections().isEmpty());
                assertTrue(proxy.traffic().connections() <= 5 * LONGEST, "connections went round");
            }
        }
    }

    @Test
    void aChainThatIsNoCircleWorks() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer first = leadingTo(origin.port(), Protocol.TCP, "first");
                ProxyServer second = leadingTo(first.address().getPort(), Protocol.TCP, "second");
                ProxyServer third = leadingTo(second.address().getPort(), Protocol.TCP, "third")) {
            for (int i = 0; i < 20; i++) {
                try (Peer client = Peer.connect(third.address())) {
                    client.send("hello");
                    assertEquals("hello", client.read(5));
                }
            }
        }
    }
}
