package io.chaosproxy.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.forward.ForwardHandler;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Names that lead a forward proxy to addresses that it does not connect to. */
final class ForwardNamesTest {
    private static final Map<String, String[]> NAMES = Map.of(
            "metadata.test", new String[] {"169.254.169.254"},
            "mapped.test", new String[] {"::ffff:169.254.169.254"},
            "mixed.test", new String[] {"169.254.169.254", "fe80::1", "127.0.0.1", "fd00:ec2::254"},
            "plain.test", new String[] {"127.0.0.1"});

    private final List<String> lookedUp = new CopyOnWriteArrayList<>();

    private InetAddress[] lookUp(String host) throws UnknownHostException {
        lookedUp.add(host);
        String[] addresses = NAMES.get(host);
        if (addresses == null) {
            throw new UnknownHostException(host);
        }
        InetAddress[] found = new InetAddress[addresses.length];
        for (int i = 0; i < found.length; i++) {
            found[i] = InetAddress.getByName(addresses[i]);
        }
        return found;
    }

    private ProxyServer forward(ForwardAccess access) throws IOException {
        ServerContext common = new ServerContext(
                1, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY), false, new NameResolver(this::lookUp));
        return ProxyServer.start(
                ProxySpec.forward().with(Options.DEFAULTS.forward(access)), common, new ForwardHandler());
    }

    private static String status(ProxyServer proxy, String target) throws IOException {
        try (Peer client = Peer.connect(proxy.address())) {
            client.send("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
            return client.readHead().substring(9, 12);
        }
    }

    @Test
    void whatANameResolvesToIsWhatCounts() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = forward(ForwardAccess.OPEN)) {
            assertEquals("403", status(proxy, "metadata.test:" + origin.port()));
            assertEquals("403", status(proxy, "mapped.test:" + origin.port()));
            assertEquals("502", status(proxy, "nobody.test:" + origin.port()));
            assertTrue(origin.isUntouched());
            assertEquals("200", status(proxy, "plain.test:" + origin.port()));
        }
    }

    /** The permitted address alone is dialled, and no other one beside it. */
    @Test
    void ofSeveralAddressesThePermittedOnesAreDialled() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = forward(ForwardAccess.OPEN)) {
            assertEquals("200", status(proxy, "mixed.test:" + origin.port()));
        }
    }

    @Test
    void networksAreThoseOfTheAddresses() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = forward(ForwardAccess.OPEN.denying("127.0.0.0/8"))) {
            assertEquals("403", status(proxy, "plain.test:" + origin.port()));
        }
        try (Origin origin = Origin.manual();
                ProxyServer proxy = forward(ForwardAccess.OPEN.allowing("127.0.0.0/8:" + origin.port()))) {
            assertEquals("200", status(proxy, "plain.test:" + origin.port()));
            assertEquals("403", status(proxy, "plain.test:9"));
            assertEquals("403", status(proxy, "metadata.test:" + origin.port()));
        }
    }

    /** By CONNECT, by an absolute URI and by SOCKS: a query to a name server may itself give something away. */
    @Test
    void aNameThatIsNotPermittedIsNotLookedUp() throws Exception {
        for (ForwardAccess access : List.of(
                ForwardAccess.OPEN.denying("*.secret.test"),
                ForwardAccess.OPEN.allowing("plain.test", "10.0.0.0/8:1"),
                ForwardAccess.OPEN.allowing("*:80").denying("a.secret.test:80"))) {
            try (ProxyServer proxy = forward(access)) {
                assertEquals("403", status(proxy, "a.secret.test:80"), access.toString());
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send("GET http://a.secret.test/ HTTP/1.1\r\nHost: a.secret.test\r\n\r\n");
                    assertEquals("403", client.readHead().substring(9, 12), access.toString());
                }
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send("\u0005\u0001\u0000");
                    assertEquals("\u0005\u0000", client.read(2));
                    client.send("\u0005\u0001\u0000\u0003\ra.secret.test\u0000P");
                    assertEquals("\u0005\u0002", client.read(2)); // not allowed by ruleset
                }
                assertEquals(List.of(), lookedUp);
                assertEquals(3, proxy.traffic().dialFailures());
            }
        }
    }

    /** A network in allow may contain the addresses of any name. */
    @Test
    void aNameThatMayBePermittedIsLookedUpOnce() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy =
                        forward(ForwardAccess.OPEN.allowing("127.0.0.0/8").denying("10.0.0.0/8", "other.test"))) {
            assertEquals("200", status(proxy, "plain.test:" + origin.port()));
            assertEquals(List.of("plain.test"), lookedUp);
        }
    }
}
