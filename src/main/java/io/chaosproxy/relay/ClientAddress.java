package io.chaosproxy.relay;

import io.chaosproxy.config.ProxyProtocol;
import io.chaosproxy.net.ProxyHeader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Address of the client of a connection: its socket's peer, or the one in a PROXY protocol header in front of its bytes. Thread-safe. */
final class ClientAddress {
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

    /** The accepted socket, whether or not a header names another client. */
    SocketPair socket() {
        return socket;
    }

    InetSocketAddress client() {
        return client;
    }

    /** Header that the upstream gets in front of the connection's bytes; empty for none. */
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
     * @throws IOException if there is none; the connection is closed then
     */
    void read(ProxyProtocol protocol, Peek peek) throws IOException {
        if (protocol.acceptFrom().stream().noneMatch(network -> network.contains(client.getAddress()))) {
            return;
        }
        ByteBuffer first = peek.at(
                "header timer",
                "its PROXY protocol header",
                bytes -> !(ProxyHeader.parse(bytes) instanceof ProxyHeader.Incomplete));
        switch (ProxyHeader.parse(first)) {
            case ProxyHeader.Header header -> {
                peek.take(header.length());
                client = header.client().orElse(client);
            }
            case ProxyHeader.Incomplete incomplete -> throw peek.refused("its PROXY protocol header is cut");
            case ProxyHeader.Malformed malformed -> throw peek.refused(malformed.reason());
        }
    }
}
