package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Reset;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TcpRelayTest {
    @Test
    void relaysEveryByteInOrderAndTheEnd() throws Exception {
        byte[] data = new byte[3_000_000];
        new Random(7).nextBytes(data);
        try (Origin origin = Origin.echo();
                Proxy proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            Thread.ofVirtual().start(() -> {
                try {
                    client.send(data).endOutput();
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertArrayEquals(data, client.readAll());
        }
    }

    @Test
    void resetsAConnectionThatWasOpenBefore() throws Exception {
        try (Origin origin = Origin.echo();
                Proxy proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send("hello");
            assertEquals("hello", client.read(5));
            proxy.change(plan -> plan.with(TestProxy.rule(Reset.at(Reset.At.FIRST_BYTE))));
            client.send("again");
            assertEquals("reset", client.ending());
        }
    }
}
