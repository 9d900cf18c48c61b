package io.chaosproxy.bench.page;

import com.sun.management.UnixOperatingSystemMXBean;
import io.chaosproxy.bench.load.Endpoint;
import io.chaosproxy.bench.load.OpenLoop;
import io.chaosproxy.bench.load.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Connections that rest, and one on each proxy that asks at an even pace. */
final class Load implements AutoCloseable {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int ANSWER_MILLIS = 10_000;
    private static final int SPARE_DESCRIPTORS = 2_000;

    private final List<Socket> resting = new ArrayList<>();
    private final List<OpenLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private int asked;
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
            load.rest(proxies, connections - proxies.size());
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

    /**
     * As many as the limit of descriptors permits have had an exchange, so that each holds a connection to the upstream as well; the
     * others have only connected.
     */
    private void rest(List<InetSocketAddress> proxies, int connections) throws IOException {
        long withUpstream = openFiles() - connections - SPARE_DESCRIPTORS;
        for (int i = 0; i < connections; i++) {
            Socket socket = new Socket();
            resting.add(socket);
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.connect(proxies.get(i % proxies.size()), ANSWER_MILLIS);
            if (i < withUpstream) {
                ask(socket);
                asked++;
            }
        }
    }

    private static long openFiles() {
        return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getMaxFileDescriptorCount();
    }

    private static void ask(Socket socket) throws IOException {
        socket.getOutputStream()
                .write("GET /small HTTP/1.1\r\nHost: bench\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        if (socket.getInputStream().read(new byte[512]) < 0) {
            throw new IOException("a connection was closed; are there enough descriptors (ulimit -n)?");
        }
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
        return String.format(
                Locale.ROOT,
                "%d connections at rest, %d of them with an upstream connection, %.0f hits/s counted",
                resting.size(),
                asked,
                rate);
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
        for (Socket socket : resting) {
            socket.close();
        }
    }
}
