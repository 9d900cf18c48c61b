import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes {@code lib/chaos-proxy.aot} beside the installed program: what a JDK 25 or newer (JEP 483, JEP 514) learns from a short run
 * of it, so that later starts are faster. The launcher passes it on if it is there; a JDK that it wasn't made by ignores it.
 *
 * <p>The cache has the profiles of the run (JEP 515), by which the compilers decide what to inline from the first second on, and
 * once and for all. So the run is mostly what the program is to be fast at, exchanges without a rule: a cache trained on 200
 * exchanges with a latency made each later exchange half as expensive again.
 *
 * <p>Run by the build as a source file, on the JDK that the program is to run on. A JDK that can't make one leaves none, and
 * so does a run that fails: the program works without.
 */
final class Train {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final Pattern LISTENS = Pattern.compile("(web|db|delayed) +(?:http|tcp) +127\\.0\\.0\\.1:(\\d+) ->");
    private static final int EXCHANGES = 10_000;
    private static final int DELAYED = 20;
    private static final Duration LONGEST = Duration.ofMinutes(5); // seconds on an idle machine

    private Train() {}

    /** The installed program's folder. */
    public static void main(String[] arguments) throws Exception {
        if (Runtime.version().feature() < 25) {
            return;
        }
        Path home = Path.of(arguments[0]);
        Path cache = home.resolve("lib/chaos-proxy.aot").toAbsolutePath();
        Files.deleteIfExists(cache);
        Path said = Files.createTempFile("chaos-proxy", ".train");
        Path conf = Files.createTempFile("chaos-proxy", ".conf");
        try (ServerSocket origin = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            Thread.ofVirtual().start(() -> answer(origin));
            Files.writeString(conf, configuration(origin.getLocalPort()));
            train(start(home, cache, conf, said), said);
            if (!Files.exists(cache)) {
                System.err.println("no AOT cache was made, starts will be slower: " + Files.readString(said));
            }
        } catch (IOException | TimeoutException e) {
            Files.deleteIfExists(cache);
            System.err.println("no AOT cache was made, starts will be slower: " + e + ": " + Files.readString(said));
        } finally {
            Files.delete(said);
            Files.delete(conf);
        }
    }

    /** Uses the program and ends it; a second process of the JDK writes the cache meanwhile, and must not write on later. */
    private static void train(Process program, Path said) throws IOException, InterruptedException, TimeoutException {
        try {
            exercise(program, said);
            program.destroy(); // by SIGTERM: an orderly end, at which the cache is written
            if (!program.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
                throw new TimeoutException("still running after " + LONGEST);
            }
        } finally {
            program.descendants().forEach(ProcessHandle::destroyForcibly);
            program.destroyForcibly().waitFor();
        }
    }

    private static String configuration(int port) {
        return """
            chaos-proxy {
              control.listen = "127.0.0.1:0"
              proxies {
                web { protocol = http, listen = "127.0.0.1:0", upstream = "http://127.0.0.1:%1$d" }
                db { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:%1$d" }
                delayed { protocol = http, listen = "127.0.0.1:0", upstream = "http://127.0.0.1:%1$d", latency = 1 }
              }
            }
            """.formatted(port);
    }

    private static Process start(Path home, Path cache, Path conf, Path said) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(List.of(home.resolve("bin/chaos-proxy").toString(), "run", conf.toString()));
        Map<String, String> environment = builder.environment();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("JAVA_OPTS", "-XX:AOTCacheOutput=" + cache.getFileName());
        environment.remove("CHAOS_PROXY_OPTS");
        return builder.directory(cache.getParent().toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
    }

    private static void exercise(Process program, Path said)
            throws IOException, InterruptedException, TimeoutException {
        long begun = System.nanoTime();
        for (; program.isAlive(); Thread.sleep(50)) {
            if (System.nanoTime() - begun > LONGEST.toNanos()) {
                throw new TimeoutException("not ready after " + LONGEST);
            }
            String text = Files.readString(said);
            if (text.contains("control ")) {
                for (Matcher each = LISTENS.matcher(text); each.find(); ) {
                    exchange(Integer.parseInt(each.group(2)), each.group(1).equals("delayed") ? DELAYED : EXCHANGES);
                }
                return;
            }
        }
    }

    private static void exchange(int port, int count) throws IOException {
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
            for (int i = 0; i < count; i++) {
                socket.getOutputStream().write(REQUEST.getBytes());
                socket.getInputStream().readNBytes(RESPONSE.length());
            }
        }
    }

    private static void answer(ServerSocket origin) {
        try {
            while (true) {
                Socket client = origin.accept();
                Thread.ofVirtual().start(() -> answer(client));
            }
        } catch (IOException e) {
            // closed: the run is over
        }
    }

    private static void answer(Socket client) {
        try (client) {
            InputStream in = client.getInputStream();
            while (in.readNBytes(REQUEST.length()).length == REQUEST.length()) {
                client.getOutputStream().write(RESPONSE.getBytes());
            }
        } catch (IOException e) {
            // the program has ended
        }
    }
}
