package io.chaosproxy.bench.rival;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** A byte relay on the asynchronous channels of the JDK: each completion starts the next operation. */
final class AsyncChannels {
    private static final int BUFFER = 64 * 1024;

    private final Listen listen;
    private final AsynchronousChannelGroup group;
    private final AsynchronousServerSocketChannel server;

    private AsyncChannels(Listen listen) throws IOException {
        this.listen = listen;
        this.group = AsynchronousChannelGroup.withFixedThreadPool(
                Runtime.getRuntime().availableProcessors(), Executors.defaultThreadFactory());
        this.server = AsynchronousServerSocketChannel.open(group).bind(listen.local(), 1024);
    }

    public static void main(String[] args) throws IOException {
        new AsyncChannels(Listen.of(args)).accept();
    }

    private void accept() {
        server.accept(null, then(client -> {
            accept();
            dial(client);
        }));
    }

    private void dial(AsynchronousSocketChannel client) {
        try {
            AsynchronousSocketChannel upstream = AsynchronousSocketChannel.open(group);
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            upstream.setOption(StandardSocketOptions.TCP_NODELAY, true);
            upstream.connect(listen.remote(), null, then(connected -> {
                read(client, upstream, ByteBuffer.allocateDirect(BUFFER));
                read(upstream, client, ByteBuffer.allocateDirect(BUFFER));
            }));
        } catch (IOException e) {
            close(client);
        }
    }

    private static void read(AsynchronousSocketChannel from, AsynchronousSocketChannel to, ByteBuffer bytes) {
        from.read(
                bytes.clear(),
                null,
                then(
                        count -> {
                            if (count < 0) {
                                close(from);
                                close(to);
                            } else {
                                write(from, to, bytes.flip());
                            }
                        },
                        from,
                        to));
    }

    private static void write(AsynchronousSocketChannel from, AsynchronousSocketChannel to, ByteBuffer bytes) {
        to.write(
                bytes,
                null,
                then(
                        count -> {
                            if (bytes.hasRemaining()) {
                                write(from, to, bytes);
                            } else {
                                read(from, to, bytes);
                            }
                        },
                        from,
                        to));
    }

    /** What comes next; after a failure, the end of these channels. */
    private static <T> CompletionHandler<T, Object> then(Consumer<T> next, AsynchronousSocketChannel... ends) {
        return new CompletionHandler<>() {
            @Override
            public void completed(T result, Object attachment) {
                next.accept(result);
            }

            @Override
            public void failed(Throwable reason, Object attachment) {
                for (AsynchronousSocketChannel end : ends) {
                    close(end);
                }
            }
        };
    }

    private static void close(AsynchronousSocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            System.err.println("close: " + e);
        }
    }
}
