package io.chaosproxy.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** One connection of the load generator: sends a request, reads the response, tells its owner. Runs on its loop's thread. */
final class Client implements Loop.Handler {
    private final Loop loop;
    private final Owner owner;
    private final SocketChannel socket;
    private final ByteChannel channel; // the socket, or TLS over it
    private final SelectionKey key;
    private final Outgoing outgoing = new Outgoing();
    private final Heading heading = new Heading();
    private boolean begun; // connected, and TLS is established
    private boolean headComplete;
    private long remaining;
    private long received;

    /** Who decides what it does next. */
    interface Owner {
        void connected(Client client) throws IOException;

        void answered(Client client) throws IOException;

        /** The connection is unusable, and closed. */
        void failed(Client client, IOException reason);
    }

    private Client(Loop loop, Owner owner, Endpoint endpoint) throws IOException {
        this.loop = loop;
        this.owner = owner;
        socket = SocketChannel.open();
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel = endpoint.tls() ? new EncryptedChannel(socket) : socket;
        key = loop.register(socket, SelectionKey.OP_CONNECT, this);
        socket.connect(endpoint.address());
    }

    /** Begins to connect. */
    static Client connect(Loop loop, Owner owner, Endpoint endpoint) throws IOException {
        return new Client(loop, owner, endpoint);
    }

    /** Sends a request; the response to the one before has come. */
    void send(Request request) throws IOException {
        outgoing.put(request.head(), request.body());
        outgoing.send(channel, key);
    }

    /** Bytes of bodies that came up to now. */
    long received() {
        return received;
    }

    @Override
    public void ready(SelectionKey ready) throws IOException {
        if (ready.isConnectable()) {
            socket.finishConnect();
            key.interestOps(SelectionKey.OP_READ);
            begin();
            return;
        }
        if (!begun) {
            begin();
            return;
        }
        if (ready.isWritable()) {
            outgoing.send(channel, key);
        }
        if (ready.isReadable()) {
            read();
        }
    }

    private void begin() throws IOException {
        if (!(channel instanceof EncryptedChannel encrypted) || encrypted.handshake()) {
            begun = true;
            owner.connected(this);
        }
    }

    private void read() throws IOException {
        ByteBuffer bytes = loop.scratch();
        if (channel.read(bytes) < 0) {
            throw new EOFException("closed by the proxy");
        }
        bytes.flip();
        if (!bytes.hasRemaining()) {
            return; // a part of a record
        }
        if (!headComplete && heading.take(bytes)) {
            headComplete = true;
            remaining = expected();
        }
        if (headComplete) {
            take(bytes);
        }
    }

    private void take(ByteBuffer bytes) throws IOException {
        int count = (int) Math.min(remaining, bytes.remaining());
        remaining -= count;
        received += count;
        if (bytes.remaining() > count) {
            throw new ProtocolException("more came than was announced");
        }
        if (remaining == 0) {
            headComplete = false;
            heading.reset();
            owner.answered(this);
        }
    }

    private long expected() throws ProtocolException {
        if (!heading.secondWord().equals("200")) {
            throw new ProtocolException("answered " + heading);
        }
        long length = heading.contentLength();
        if (length < 0) {
            throw new ProtocolException("answered without a length: " + heading);
        }
        return length;
    }

    @Override
    public void failed(IOException reason) {
        close();
        owner.failed(this, reason);
    }

    @Override
    public void closing() {
        close();
    }

    /** Closes the connection. */
    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a socket that was never blocking doesn't fail to close
        }
    }
}
