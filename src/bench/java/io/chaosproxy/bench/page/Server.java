package io.chaosproxy.bench.page;

import io.chaosproxy.bench.variant.Ports;
import io.chaosproxy.bench.variant.ProcessTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** chaos-proxy as it is installed, with many proxies; the first is without rules, all others have one that always hits. */
final class Server implements AutoCloseable {
    private static final Path LAUNCHER = Path.of("target", "chaos-proxy", "bin", "chaos-proxy");
    private static final Path FOLDER = Path.of("target", "bench", "page");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final int control;
    private final List<Integer> ports;

    private Server(Process process, int control, List<Integer> ports) {
        this.process = process;
        this.control = control;
        this.ports = ports;
    }

    static Server start(int proxies, int origin) throws IOException {
        List<Integer> ports = new ArrayList<>();
        StringBuilder file = new StringBuilder("chaos-proxy.proxies {\n");
        for (int i = 0; i < proxies; i++) {
            int port = Ports.free();
            while (ports.contains(port)) { // the kernel gives one again that was closed
                port = Ports.free();
            }
            ports.add(port);
            String faults =
                    i == 0 ? "" : "faults { late { type = latency, delay = 1ms }, link { type = rate, rate = 1MiB } }";
            file.append("%s { protocol = http, listen = \"127.0.0.1:%d\", upstream = \"http://127.0.0.1:%d\", %s }\n"
                    .formatted(nameOf(i), port, origin, faults));
        }
        return start(file.append("}\n").toString(), ports);
    }

    /** With a configuration and the ports that its proxies listen on. */
    static Server start(String text, List<Integer> ports) throws IOException {
        Files.createDirectories(FOLDER);
        Path config = Files.writeString(FOLDER.resolve("page.conf"), text);
        int control = Ports.free();
        Process process = new ProcessBuilder(
                        LAUNCHER.toString(), "run", config.toString(), "--control", "127.0.0.1:" + control)
                .redirectErrorStream(true)
                .redirectOutput(FOLDER.resolve("page.log").toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        Server server = new Server(process, control, List.copyOf(ports));
        try {
            server.awaitControl();
        } catch (IOException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private static String nameOf(int proxy) {
        return "service-%03d".formatted(proxy);
    }

    private void awaitControl() throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), control).close();
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    throw new IOException("chaos-proxy didn't start; see " + FOLDER.resolve("page.log"), e);
                }
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        }
    }

    /** Address of the dashboard. */
    URI control() {
        return URI.create("http://127.0.0.1:" + control + "/");
    }

    /** The proxy without rules. */
    InetSocketAddress plain() {
        return address(0);
    }

    /** The proxies with rules. */
    List<InetSocketAddress> armed() {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int i = 1; i < ports.size(); i++) {
            addresses.add(address(i));
        }
        return addresses;
    }

    InetSocketAddress address(int proxy) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(proxy));
    }

    /** Name of one of the proxies with rules. */
    String name(int proxy) {
        return nameOf(proxy + 1);
    }

    ProcessTree processes() {
        return new ProcessTree(process.toHandle());
    }

    /** Reads the events that the page asks for until it is closed. */
    AutoCloseable events() throws IOException {
        URLConnection connection = control()
                .resolve("api/v1/events?types=plan,proxy,stats")
                .toURL()
                .openConnection();
        connection.setRequestProperty("Accept", "text/event-stream");
        InputStream events = connection.getInputStream();
        Thread reader = Thread.ofVirtual().name("events").start(() -> {
            try {
                events.skip(Long.MAX_VALUE);
            } catch (IOException e) {
                // closed below
            }
        });
        return () -> {
            reader.interrupt();
            try {
                events.close();
            } catch (IOException | UncheckedIOException e) {
                // it is gone
            }
            reader.join();
        };
    }

    @Override
    public void close() {
        process.destroy();
    }
}
