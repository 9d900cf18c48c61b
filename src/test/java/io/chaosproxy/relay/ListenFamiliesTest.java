package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Families of addresses on which a listener of all interfaces is reached. */
final class ListenFamiliesTest {
    @BeforeAll
    static void bothAreThere() {
        assumeTrue(hasIpv6(), "no IPv6 on loopback");
    }

    private static boolean hasIpv6() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
            return probe.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static ProxyServer start(String host, Origin origin) throws IOException {
        return TestProxy.start(TestProxy.spec(Protocol.TCP, origin.port()).listeningOn(host, 0), 1);
    }

    private static void connect(String host, ProxyServer proxy) throws IOException {
        new Socket(host, proxy.address().getPort()).close();
    }

    @Test
    void theWildcardOfIpv4IsNotReachedByIpv6() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = start("0.0.0.0", origin)) {
            assertEquals("0.0.0.0", proxy.address().getAddress().getHostAddress());
            connect("127.0.0.1", proxy);
            assertThrows(ConnectException.class, () -> connect("::1", proxy));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "::"})
    void allOthersAreReachedByBoth(String host) throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = start(host, origin)) {
            connect("127.0.0.1", proxy);
            connect("::1", proxy);
        }
    }
}
