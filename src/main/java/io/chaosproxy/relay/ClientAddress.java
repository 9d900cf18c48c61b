package io.chaosproxy.relay;

import io.chaosproxy.config.ProxyProtocol;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.net.ProxyHeader;
import io.chaosproxy.net.Transport;
import io.chaosproxy.observe.EndCause;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Who the client of a connection is: its socket's peer, or whom a PROXY protocol header in front of its bytes names. Thread-safe. */
final class ClientAddress {
    /** How long a sender may take for its header. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private final InetSocketAddress accepted;
    private final SocketPair socket;
    private volatile InetSocketAddress client;

    private ClientAddress(InetSocketAddress client, InetSocketAddress accepted) {
        this.client = client;
        this.accepted = accepted;
        this.socket = new SocketPair(client, accepted);
    }

    /** That of an accepted socket. */
    static ClientAddress of(SocketChannel client) throws IOException {
        return new ClientAddress(
                (InetSocketAddress) client.getRemoteAddress(), (InetSocketAddress) client.getLocalAddress());
    }

    /** The socket that was accepted, whoever its client is. */
    SocketPair socket() {
        return socket;
    }

    InetSocketAddress client() {
        return client;
    }

    /** What the upstream gets in front of the connection's bytes; empty for nothing. */
    ByteBuffer header(ProxyProtocol.Send version) {
        return ByteBuffer.wrap(
                switch (version) {
                    case OFF -> new byte[0];
                    case V1 -> ProxyHeader.version1(client, accepted);
                    case V2 -> ProxyHeader.version2(client, accepted);
                });
    }

    /**
     * Takes the header from the connection if its sender is one that sends it.
     *
     * @param spawn starts a virtual thread of the connection
     * @throws IOException if there is none; the connection is closed then
     */
    void read(
            ProxyProtocol protocol,
            Transport transport,
            ConnectionTeardown teardown,
            Waits waits,
            BiConsumer<String, Runnable> spawn,
            Consumer<String> warn)
            throws IOException {
        if (protocol.acceptFrom().stream().noneMatch(network -> network.contains(client.getAddress()))) {
            return;
        }
        AtomicBoolean done = new AtomicBoolean();
        spawn.accept("header timer", () -> {
            if (waits.pause(PATIENCE.toNanos(), () -> teardown.isOpen() && !done.get())) {
                teardown.close(EndCause.CLIENT_GONE);
            }
        });
        try {
            ByteBuffer first =
                    Peek.at(transport, bytes -> !(ProxyHeader.parse(bytes) instanceof ProxyHeader.Incomplete));
            switch (ProxyHeader.parse(first)) {
                case ProxyHeader.Header header -> {
                    Peek.take(transport, header.length());
                    client = header.client().orElse(client);
                }
                case ProxyHeader.Incomplete incomplete ->
                    throw refused("its PROXY protocol header is cut", teardown, warn);
                case ProxyHeader.Malformed malformed -> throw refused(malformed.reason(), teardown, warn);
            }
        } finally {
            done.set(true);
            waits.wake();
        }
    }

    private static IOException refused(String reason, ConnectionTeardown teardown, Consumer<String> warn) {
        warn.accept(reason);
        teardown.close(EndCause.PROTOCOL_ERROR);
        return new IOException(reason);
    }
}
