package io.chaosproxy.bench.rival;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;

/**
 * A byte relay on Netty's epoll transport, in the shape of its HexDumpProxy example: each side reads when the other has
 * written. Latency and the shared rate are waits of the event loop's scheduler.
 */
final class NettyRelay {
    private static final double SECOND = 1e9;

    private final Listen listen;
    private final AtomicLong linkFree = new AtomicLong(System.nanoTime());

    private NettyRelay(Listen listen) {
        this.listen = listen;
    }

    public static void main(String[] args) throws InterruptedException, SSLException {
        NettyRelay relay = new NettyRelay(Listen.of(args));
        Optional<SslContext> tls = relay.tls();
        new ServerBootstrap()
                .group(new MultiThreadIoEventLoopGroup(EpollIoHandler.newFactory()))
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel client) {
                        tls.ifPresent(context -> client.pipeline().addLast(context.newHandler(client.alloc())));
                        client.pipeline().addLast(relay.new Dial());
                    }
                })
                .bind(relay.listen.local())
                .sync()
                .channel()
                .closeFuture()
                .sync();
    }

    /** The JDK's TLS: BoringSSL can't be told which of TLS 1.3's cipher suites to choose. */
    private Optional<SslContext> tls() throws SSLException {
        if (listen.identity().isEmpty()) {
            return Optional.empty();
        }
        Listen.Identity identity = listen.identity().get();
        return Optional.of(SslContextBuilder.forServer(identity.certificate(), identity.key())
                .sslProvider(SslProvider.JDK)
                .protocols("TLSv1.3")
                .build());
    }

    /** Connects a client's twin, on the client's own event loop. */
    private final class Dial extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            Channel client = context.channel();
            var dialled = new Bootstrap()
                    .group(client.eventLoop())
                    .channel(EpollSocketChannel.class)
                    .option(ChannelOption.AUTO_READ, false)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new Pump(client, true))
                    .connect(listen.remote());
            client.pipeline().replace(this, "up", new Pump(dialled.channel(), false));
            dialled.addListener(done -> {
                if (done.isSuccess()) {
                    client.read();
                    dialled.channel().read();
                } else {
                    client.close();
                }
            });
        }
    }

    /** Hands on what one side has read. */
    private final class Pump extends ChannelInboundHandlerAdapter {
        private final Channel to;
        private final boolean down;

        Pump(Channel to, boolean down) {
            this.to = to;
            this.down = down;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Channel from = context.channel();
            if (down && listen.latencyMillis() > 0) {
                context.executor()
                        .schedule(() -> to.writeAndFlush(message), listen.latencyMillis(), TimeUnit.MILLISECONDS);
                from.read(); // a delay must not lower the throughput
            } else if (down && listen.rate() > 0) {
                long wait = reserve(((ByteBuf) message).readableBytes());
                context.executor().schedule(() -> hand(message, from), wait, TimeUnit.NANOSECONDS);
            } else {
                hand(message, from);
            }
        }

        private void hand(Object message, Channel from) {
            to.writeAndFlush(message).addListener((ChannelFutureListener) written -> {
                if (written.isSuccess()) {
                    from.read();
                } else {
                    from.close();
                }
            });
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (to.isActive()) {
                to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    /** Takes the next free stretch of the shared link. Returns the nanoseconds until it begins. */
    private long reserve(int bytes) {
        long length = (long) (bytes * SECOND / listen.rate());
        long now = System.nanoTime();
        long end = linkFree.updateAndGet(free -> Math.max(free, now) + length);
        return end - length - now;
    }
}
