package io.chaosproxy.cluster;

import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.RedisClient;
import redis.embedded.core.ExecutableProvider;

/** A real redis-server that keeps nothing on disk, or a sentinel. */
public final class TestRedis implements AutoCloseable {

    private static final String PROGRAM = program();

    private final int port;
    private final List<String> arguments;
    private final Path said;
    private Process process;

    private TestRedis(int port, List<String> arguments) throws IOException {
        this.port = port;
        this.arguments = arguments;
        this.said = Files.createTempFile("redis", ".log");
        start();
    }

    private static String program() {
        try {
            return ExecutableProvider.newJarResourceProvider().get().toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts one, with settings as its configuration file has them. */
    public static TestRedis started(String... settings) throws IOException {
        int port = freePort();
        List<String> arguments = new ArrayList<>(List.of("--port", "" + port, "--bind", "127.0.0.1", "--save", ""));
        for (String setting : settings) {
            List<String> words = List.of(setting.split(" "));
            arguments.add("--" + words.getFirst());
            arguments.addAll(words.subList(1, words.size()));
        }
        return new TestRedis(port, arguments);
    }

    /** Starts a sentinel that watches this master, and promotes one of its replicas half a second after it has gone. */
    static TestRedis sentinel(String name, TestRedis master) throws IOException {
        int port = freePort();
        Path file = Files.createTempFile("sentinel", ".conf");
        Files.writeString(file, """
            port %1$d
            bind 127.0.0.1
            sentinel monitor %2$s 127.0.0.1 %3$d 1
            sentinel down-after-milliseconds %2$s 500
            sentinel failover-timeout %2$s 5000
            """.formatted(port, name, master.port()));
        return new TestRedis(port, List.of(file.toString(), "--sentinel"));
    }

    /** A port that a node of a cluster can have, too. */
    static int freePort() throws IOException {
        return FreePort.any();
    }

    int port() {
        return port;
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    RedisClient client() {
        return RedisClient.create("127.0.0.1", port);
    }

    /** Starts it without data, on the port that it had. */
    void start() throws IOException {
        List<String> command = new ArrayList<>(List.of(PROGRAM));
        command.addAll(arguments);
        process = Child.builder(command)
                .directory(said.getParent().toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        while (!answers()) {
            if (!process.isAlive()) {
                throw new IOException("it ended: " + Files.readString(said));
            }
        }
    }

    /** Whether it answers, were it that it wants a password. */
    private boolean answers() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(1000);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() > 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            try {
                Thread.sleep(5);
            } catch (InterruptedException interrupted) {
                throw new IOException(interrupted);
            }
            return false;
        }
    }

    /** Ends it as {@code kill -9} does; its data is gone. */
    void stop() {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        stop();
        Files.deleteIfExists(said);
    }
}
