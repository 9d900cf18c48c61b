import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Makes {@code lib/chaos-proxy.aot} and {@code lib/ctl.jsa} beside the installed program: what a JDK 25 or newer (JEP 483, JEP 514) learns from a short run
 * of it, so that later starts are faster. The launcher passes one on if it is there; a JDK that it wasn't made by ignores it.
 *
 * <p>The cache has classes and no profiles of the run (JEP 515). With them the compilers decide from the first second on what to
 * inline, and once and for all: by 200 exchanges with a latency each later exchange took half as much processor time again, by
 * 10,000 without a rule still a sixth more than without a cache.
 *
 * <p>The second is for commands that end soon. Java loads everything in a cache when it starts, so the server's would be a burden
 * for them; and as it learns from one process only, theirs is made of lists of the classes that several have loaded (JEP 350).
 *
 * <p>Run by the build as a source file, on the JDK that the program is to run on. A JDK that can't make one leaves none, and
 * so does a run that fails: the program works without.
 */
final class Train {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final Pattern LISTENS =
            Pattern.compile("(web|db|tls|delayed) +(?:http|tcp)[a-z +]* +127\\.0\\.0\\.1:(\\d+) ->");
    private static final Pattern CONTROL = Pattern.compile("control +(\\S+)\n");
    /** Commands, with the URL of a server and a file. */
    private static final List<String> COMMANDS = List.of(
            "ctl list --url %1$s",
            "ctl list -o table --url %1$s",
            "ctl add web slow type=latency delay=2s probability=0.5 ttl=5m --url %1$s",
            "ctl faults latency --url %1$s",
            "ctl --help",
            "check %2$s");

    private static final int EXCHANGES = 1_000;
    private static final int DELAYED = 20;
    private static final int HANDSHAKES = 20;
    private static final Duration LONGEST = Duration.ofMinutes(5); // seconds on an idle machine

    private Train() {}

    /** The installed program's folder. */
    public static void main(String[] arguments) throws Exception {
        if (Runtime.version().feature() < 25) {
            return;
        }
        Path home = Path.of(arguments[0]);
        makeCache(home);
        makeArchive(home);
    }

    private static void makeCache(Path home) throws Exception {
        Path cache = home.resolve("lib/chaos-proxy.aot").toAbsolutePath();
        Files.deleteIfExists(cache);
        try {
            String said = run(
                    home,
                    Path.of(System.getProperty("java.home")),
                    cache.getParent(),
                    "-XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining -XX:AOTCacheOutput=" + cache.getFileName());
            if (!Files.exists(cache)) {
                System.err.println("no AOT cache was made, starts will be slower: " + said);
            }
        } catch (IOException | TimeoutException e) {
            Files.deleteIfExists(cache);
            System.err.println("no AOT cache was made, starts will be slower: " + e);
        }
    }

    private static void makeArchive(Path home) throws Exception {
        Path java = Path.of(System.getProperty("java.home"));
        Path archive = home.resolve("lib/ctl.jsa").toAbsolutePath();
        Files.deleteIfExists(archive);
        Path folder = Files.createTempDirectory("chaos-proxy");
        Path said = folder.resolve("said");
        Path conf = Files.writeString(folder.resolve("a.conf"), configuration(9)); // where nothing has to listen
        try {
            Process program = start(home, java, folder, "", said, "run", conf.toString());
            String classes;
            try {
                classes = classesOfCommands(
                        home,
                        java,
                        folder,
                        conf,
                        "http://" + await(program, said, CONTROL).group(1));
            } finally {
                program.destroyForcibly().waitFor();
            }
            Path list = Files.writeString(folder.resolve("classes"), classes);
            String dump = "-Xshare:dump -XX:+AOTClassLinking -XX:+UseG1GC -XX:SharedClassListFile=" + list;
            end(start(
                    home,
                    java,
                    archive.getParent(),
                    dump + " -XX:SharedArchiveFile=" + archive.getFileName(),
                    said,
                    "ctl"));
            if (!Files.exists(archive)) {
                System.err.println("no archive for ctl was made, it will be slower: " + Files.readString(said));
            }
        } catch (IOException | TimeoutException e) {
            Files.deleteIfExists(archive);
            System.err.println("no archive for ctl was made, it will be slower: " + e);
        } finally {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static String classesOfCommands(Path home, Path java, Path folder, Path conf, String url)
            throws IOException, InterruptedException, TimeoutException {
        List<String> lines = new ArrayList<>();
        for (String command : COMMANDS) {
            Path loaded = folder.resolve("loaded");
            end(start(
                    home,
                    java,
                    folder,
                    "-XX:DumpLoadedClassList=" + loaded.getFileName(),
                    folder.resolve("shown"),
                    command.formatted(url, conf).split(" ")));
            lines.addAll(Files.readAllLines(loaded));
        }
        String resolved =
                lines.stream().filter(line -> line.startsWith("@cp")).distinct().collect(Collectors.joining("\n"));
        return normal(lines) + resolved + "\n"; // or lambdas are not in the archive; their classes come first
    }

    private static void end(Process process) throws InterruptedException, TimeoutException {
        try {
            if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
                throw new TimeoutException("still running after " + LONGEST);
            }
        } finally {
            process.destroyForcibly();
        }
    }

    /** A list of classes without their numbers, and without entries of constant pools that happened to be resolved. */
    static String normal(List<String> loaded) {
        return loaded.stream()
                .filter(line -> !line.startsWith("#") && !line.startsWith("@cp"))
                .map(line -> line.replaceFirst(" id: \\d+", ""))
                .distinct()
                .sorted()
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /**
     * Runs the installed program on a Java with options in a folder, sends it some traffic, and ends it.
     *
     * @return what it said
     */
    static String run(Path home, Path java, Path folder, String options)
            throws IOException, InterruptedException, TimeoutException {
        Path said = Files.createTempFile("chaos-proxy", ".train");
        Path conf = Files.createTempFile("chaos-proxy", ".conf");
        try (ServerSocket origin = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            Thread.ofVirtual().start(() -> answer(origin));
            Files.writeString(conf, configuration(origin.getLocalPort()));
            train(start(home, java, folder, options, said, "run", conf.toString()), said);
            return Files.readString(said);
        } catch (IOException e) {
            throw new IOException(e + ": " + Files.readString(said), e);
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
                tls { protocol = http, listen = "127.0.0.1:0", upstream = "http://127.0.0.1:%1$d", tls { self-signed = true } }
              delayed { protocol = http, listen = "127.0.0.1:0", upstream = "http://127.0.0.1:%1$d", latency = 1 }
              }
            }
            """.formatted(port);
    }

    private static Process start(Path home, Path java, Path folder, String options, Path said, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(home.resolve("bin/chaos-proxy").toAbsolutePath().toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.put("JAVA_HOME", java.toString());
        environment.put("JAVA_OPTS", options);
        environment.remove("CHAOS_PROXY_OPTS");
        return builder.directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
    }

    private static void exercise(Process program, Path said)
            throws IOException, InterruptedException, TimeoutException {
        await(program, said, CONTROL);
        for (Matcher each = LISTENS.matcher(Files.readString(said)); each.find(); ) {
            exercise(each.group(1), Integer.parseInt(each.group(2)));
        }
    }

    private static Matcher await(Process program, Path said, Pattern line)
            throws IOException, InterruptedException, TimeoutException {
        long begun = System.nanoTime();
        for (; program.isAlive(); Thread.sleep(50)) {
            if (System.nanoTime() - begun > LONGEST.toNanos()) {
                throw new TimeoutException("not ready after " + LONGEST);
            }
            Matcher found = line.matcher(Files.readString(said));
            if (found.find()) {
                return found;
            }
        }
        throw new IOException("ended early");
    }

    private static void exercise(String proxy, int port) throws IOException {
        switch (proxy) {
            case "delayed" -> exchange(connect(port), DELAYED);
            case "tls" -> {
                for (int i = 0; i < HANDSHAKES; i++) {
                    exchange(connectTls(port), EXCHANGES / HANDSHAKES);
                }
            }
            default -> exchange(connect(port), EXCHANGES);
        }
    }

    private static Socket connect(int port) throws IOException {
        return new Socket(InetAddress.getByName("127.0.0.1"), port);
    }

    private static Socket connectTls(int port) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS"); // a new one, so that no session is resumed
            context.init(null, new TrustManager[] {new TrustAll()}, null);
            return context.getSocketFactory().createSocket(connect(port), "localhost", port, true);
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static final class TrustAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static void exchange(Socket connected, int count) throws IOException {
        try (Socket socket = connected) {
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
