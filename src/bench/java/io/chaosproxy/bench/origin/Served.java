package io.chaosproxy.bench.origin;

import io.chaosproxy.bench.load.Heading;
import io.chaosproxy.bench.load.Loop;
import io.chaosproxy.bench.load.Outgoing;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * One connection of the origin. It knows {@code /small} (13 bytes), {@code /once} (the same, and the connection ends),
 * {@code /bytes/N}, {@code /wait/MILLIS} and, for what is sent with a length, {@code /sink}.
 */
final class Served implements Loop.Handler {
    private static final String SMALL = "Hello, world!";
    private static final ByteBuffer SMALL_ANSWER = encoded(head(SMALL.length(), "") + SMALL);
    private static final ByteBuffer LAST_ANSWER = encoded(head(SMALL.length(), "Connection: close\r\n") + SMALL);

    private final Loop loop;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Heading heading = new Heading();
    private final Outgoing outgoing = new Outgoing();
    private boolean headComplete;
    private long toDiscard;
    private boolean last;

    private Served(Loop loop, SocketChannel channel) throws IOException {
        this.loop = loop;
        this.channel = channel;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        this.key = loop.register(channel, SelectionKey.OP_READ, this);
    }

    static void begin(Loop loop, SocketChannel channel) throws IOException {
        new Served(loop, channel);
    }

    private static String head(long length, String fields) {
        return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + fields + "Content-Length: " + length + "\r\n\r\n";
    }

    private static ByteBuffer encoded(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    @Override
    public void ready(SelectionKey ready) throws IOException {
        if (ready.isWritable()) {
            send();
        } else if (ready.isReadable()) {
            read();
        }
    }

    private void read() throws IOException {
        ByteBuffer bytes = loop.scratch();
        if (channel.read(bytes) < 0) {
            channel.close();
            return;
        }
        bytes.flip();
        if (!headComplete && heading.take(bytes)) {
            headComplete = true;
            toDiscard = Math.max(0, heading.contentLength());
        }
        if (headComplete) {
            toDiscard -= bytes.remaining();
            if (toDiscard <= 0) {
                answer();
            }
        }
    }

    private void answer() throws IOException {
        String path = heading.secondWord();
        last = heading.isOld() || path.equals("/once");
        headComplete = false;
        heading.reset();
        if (path.startsWith("/bytes/")) {
            long length = number(path);
            outgoing.put(encoded(head(length, "")), length);
        } else if (path.startsWith("/wait/")) {
            long when = System.nanoTime() + Duration.ofMillis(number(path)).toNanos();
            loop.at(when, this::answerSmall);
            return;
        } else if (last) {
            outgoing.put(LAST_ANSWER, 0);
        } else {
            outgoing.put(SMALL_ANSWER, 0);
        }
        send();
    }

    private static long number(String path) {
        return Long.parseLong(path.substring(path.lastIndexOf('/') + 1));
    }

    private void answerSmall() {
        try {
            outgoing.put(last ? LAST_ANSWER : SMALL_ANSWER, 0);
            send();
        } catch (IOException e) {
            failed(e);
        }
    }

    private void send() throws IOException {
        outgoing.send(channel, key);
        if (last && outgoing.isEmpty()) {
            channel.close();
        }
    }

    /** Connections break when the load stops in the middle of an exchange; that is no news. */
    @Override
    public void failed(IOException reason) {
        try {
            channel.close();
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }
}
