package io.chaosproxy.bench.page;

import io.chaosproxy.bench.load.Endpoint;
import io.chaosproxy.bench.load.OpenLoop;
import io.chaosproxy.bench.load.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Connections that rest, and one on each proxy that asks at an even pace. */
final class Load implements AutoCloseable {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final List<SocketChannel> resting = new ArrayList<>();
    private final List<OpenLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ending;

    private Load() {}

    /**
     * Opens everything.
     *
     * @param connections at rest, over all proxies with rules
     * @param hits a second, likewise
     */
    static Load start(Server server, int connections, int hits) throws IOException {
        List<InetSocketAddress> proxies = server.armed();
        Load load = new Load();
        try {
            for (InetSocketAddress proxy : proxies) {
                load.loops.add(OpenLoop.connect(new Endpoint(proxy, false), 1, Request.get("/small")));
            }
            for (int i = proxies.size(); i < connections; i++) {
                load.resting.add(asked(proxies.get(i % proxies.size())));
            }
        } catch (IOException e) {
            load.close();
            throw e;
        }
        Duration each = Duration.ofSeconds(proxies.size()).dividedBy(hits);
        for (OpenLoop loop : load.loops) {
            load.threads.add(Thread.ofPlatform().daemon().start(() -> load.ask(loop, each)));
        }
        return load;
    }

    /** Each has one exchange, so that it has its connection to the upstream. */
    private static SocketChannel asked(InetSocketAddress proxy) throws IOException {
        SocketChannel channel = SocketChannel.open(proxy);
        channel.write(
                ByteBuffer.wrap("GET /small HTTP/1.1\r\nHost: bench\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1)));
        ByteBuffer answer = ByteBuffer.allocate(512);
        if (channel.read(answer) < 0) {
            channel.close();
            throw new IOException("a connection was closed; are there enough descriptors (ulimit -n)?");
        }
        return channel;
    }

    private void ask(OpenLoop loop, Duration each) {
        try {
            while (!ending) {
                loop.run(Duration.ofSeconds(1), each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the server says that there is. */
    String account(Server server) throws IOException, InterruptedException {
        URI stats = server.control().resolve("metrics");
        long before = hits(stats);
        long began = System.nanoTime();
        Thread.sleep(Duration.ofSeconds(3));
        double rate = (hits(stats) - before) / ((System.nanoTime() - began) / 1e9);
        return String.format(Locale.ROOT, "%d connections at rest, %.0f hits/s counted", resting.size(), rate);
    }

    private static long hits(URI metrics) throws IOException {
        try (var in = metrics.toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("chaos_hits_total{") && line.contains("latency"))
                    .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        }
    }

    @Override
    public void close() throws IOException {
        ending = true;
        for (Thread thread : threads) {
            try {
                thread.join(LONG);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        for (OpenLoop loop : loops) {
            loop.close();
        }
        for (SocketChannel channel : resting) {
            channel.close();
        }
    }
}
