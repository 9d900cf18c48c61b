package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxyProtocol;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Network;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.relay.ProxyServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients and upstreams see of the PROXY protocol. */
class ProxyProtocolOverSocketsTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String HEADER = "PROXY TCP4 203.0.113.7 192.0.2.1 1234 80\r\n";

    private static ProxyServer proxy(Protocol protocol, Origin origin, ProxyProtocol use, Rule... rules)
            throws Exception {
        Options options = Options.DEFAULTS.proxyProtocol(use);
        return TestProxy.start(TestProxy.spec(protocol, origin.port(), rules).with(options), 1);
    }

    private static ProxyProtocol from(String network) {
        return ProxyProtocol.OFF.acceptFrom(List.of(Network.parse(network)));
    }

    /** The header may come in pieces, and in one with what follows. */
    @ParameterizedTest
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void theHeaderSaysWhoTheClientIs(Protocol protocol) throws Exception {
        Rule other = Rule.of("other", Refuse.reset()).when(Match.ANY.client("127.0.0.0/8"));
        Rule named = Rule.of("named", Refuse.close()).when(Match.ANY.client("198.51.100.0/24"));
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = proxy(protocol, origin, from("127.0.0.1"), other, named)) {
            try (Peer client = Peer.connect(proxy.address())) {
                client.send(HEADER.substring(0, 9));
                client.send(HEADER.substring(9) + REQUEST);
                assertEquals(RESPONSE, client.readResponse());
                assertEquals(
                        "203.0.113.7",
                        proxy.connections().iterator().next().info().client().getHostString());
            }
            try (Peer client = Peer.connect(proxy.address())) {
                client.send(HEADER.replace("203.0.113.7", "198.51.100.9") + REQUEST);
                assertEquals("", client.readText());
            }
            assertEquals(0, proxy.common().journal().hits(proxy.name(), "other"));
            assertEquals(1, proxy.common().journal().hits(proxy.name(), "named"));
        }
    }

    @Test
    void withoutAHeaderASenderIsNotServed() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = proxy(Protocol.HTTP, origin, from("127.0.0.1"));
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            assertTrue(client.ending().equals("end") || client.ending().equals("reset"));
            TestProxy.await("ended", () -> proxy.traffic().ended(EndCause.PROTOCOL_ERROR) == 1);
        }
    }

    /** Whoever may not send a header could otherwise pretend to be any client. */
    @Test
    void othersAreServedWithoutAHeader() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = proxy(Protocol.TCP, origin, from("10.0.0.0/8"));
                Peer client = Peer.connect(proxy.address())) {
            assertEquals(HEADER, client.send(HEADER).read(HEADER.length()));
            assertEquals(
                    "127.0.0.1",
                    proxy.connections().iterator().next().info().client().getHostString());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void theUpstreamGetsAHeader(Protocol protocol) throws Exception {
        ProxyProtocol use = from("127.0.0.1").send(ProxyProtocol.Send.V1);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = proxy(protocol, origin, use);
                Peer client = Peer.connect(proxy.address())) {
            client.send(HEADER + REQUEST);
            String expected =
                    "PROXY TCP4 203.0.113.7 127.0.0.1 1234 " + proxy.address().getPort() + "\r\n" + REQUEST;
            try (Peer upstream = origin.next()) {
                assertEquals(expected, upstream.read(expected.length()));
                upstream.send(RESPONSE);
                assertEquals(RESPONSE, client.readResponse());
            }
            TestProxy.await("counted", () -> proxy.traffic().bytes(Direction.DOWN) == RESPONSE.length());
        }
    }

    @Test
    void version2IsBinary() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = proxy(Protocol.TCP, origin, ProxyProtocol.OFF.send(ProxyProtocol.Send.V2));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            client.send("x");
            String header = upstream.read(28);
            assertTrue(header.startsWith("\r\n\r\n\0\r\nQUIT\n"), header);
            assertEquals("x", upstream.read(1));
        }
    }
}
