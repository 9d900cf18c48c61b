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
 * Makes three archives of classes beside the installed program, which JDK 25 or newer parses and links when the program is packaged, so
 * that later starts are faster (JEP 350, JEP 483). The launcher passes one on if it is there; a JDK that it wasn't made by ignores it.
 *
 * <ul>
 *   <li>{@code lib/server.jsa}, with all that a server loads;
 *   <li>{@code lib/relay.jsa}, for {@code tcp}, {@code http} and their like without a control plane;
 *   <li>{@code lib/ctl.jsa}, for commands that end soon.
 * </ul>
 *
 * <p>Java loads everything in an archive when it starts, so that of a server would be a burden for the others. Each is made of lists of
 * the classes that several runs have loaded, where an AOT cache (JEP 514) learns from one. They have no profiles of the runs
 * (JEP 515): with them the compilers decide from the first second on what to inline, and once and for all. By 200 exchanges with a
 * latency each later exchange took half as much processor time again, by 10,000 without a rule still a sixth more than without a cache.
 *
 * <p>Run by the build as a source file, on the JDK that the program is to run on. A JDK that can't make one leaves none, and
 * so does a run that fails: the program works without.
 */
final class Train {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final Pattern LISTENS =
            Pattern.compile("(web|db|tls|delayed|http|tcp) +(?:http|tcp)[a-z +]* +127\\.0\\.0\\.1:(\\d+) ->");
    private static final Pattern CONTROL = Pattern.compile("control +(\\S+)\n");

    /** Commands that end soon, with the URL of a server and a file. */
    private static final List<String> BRIEF = List.of(
            "ctl list --url %1$s",
            "ctl list -o table --url %1$s",
            "ctl add web slow type=latency delay=2s probability=0.5 ttl=5m --url %1$s",
            "ctl faults latency --url %1$s",
            "ctl --help",
            "check %2$s");

    /** Commands that run a proxy, with the port of its upstream. */
    private static final List<String> RELAYS = List.of(
            "tcp --listen 127.0.0.1:0 --upstream 127.0.0.1:%d",
            "http --listen 127.0.0.1:0 --upstream http://127.0.0.1:%d --latency 1");

    private static final int EXCHANGES = 1_000;
    private static final int DELAYED = 20;
    private static final int HANDSHAKES = 20;
    private static final Duration LONGEST = Duration.ofMinutes(5); // seconds on an idle machine

    private final Path home;
    private final Path java;
    private final Path folder;

    private Train(Path home, Path java, Path folder) {
        this.home = home;
        this.java = java;
        this.folder = folder;
    }

    /** The installed program's folder. */
    public static void main(String[] arguments) throws Exception {
        if (Runtime.version().feature() < 25) {
            return;
        }
        Path folder = Files.createTempDirectory("chaos-proxy");
        try (ServerSocket origin = origin()) {
            new Train(Path.of(arguments[0]), Path.of(System.getProperty("java.home")), folder)
                    .makeArchives(origin.getLocalPort());
        } catch (IOException | TimeoutException e) {
            System.err.println("not all class archives were made, starts will be slower: " + e);
        } finally {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private void makeArchives(int origin) throws Exception {
        List<String> relays = new ArrayList<>();
        for (String command : RELAYS) {
            relays.addAll(loaded((program, said) -> exercise(program, said, LISTENS), command.formatted(origin)));
        }
        Path conf = Files.writeString(folder.resolve("a.conf"), configuration(origin));
        List<String> brief = new ArrayList<>();
        List<String> server = loaded(
                (program, said) -> {
                    exercise(program, said, CONTROL);
                    String url = "http://" + await(program, said, CONTROL).group(1);
                    for (String command : BRIEF) {
                        brief.addAll(loaded((ctl, text) -> end(ctl), command.formatted(url, conf)));
                    }
                },
                "run " + conf);
        server.addAll(relays);
        makeArchive("server", server);
        makeArchive("relay", relays);
        makeArchive("ctl", brief);
    }

    private interface Use {
        void of(Process program, Path said) throws IOException, InterruptedException, TimeoutException;
    }

    /** The list of classes that a command loads while it is used. */
    private List<String> loaded(Use use, String command) throws IOException, InterruptedException, TimeoutException {
        Path list = Files.createTempFile(folder, "loaded", "");
        Path said = Files.createTempFile(folder, "said", "");
        String option = "-XX:DumpLoadedClassList=" + list.getFileName();
        Process program = start(home, java, folder, option, said, command.split(" "));
        try {
            train(program, said, use);
        } catch (IOException e) {
            throw new IOException(e + ": " + Files.readString(said), e);
        }
        return new ArrayList<>(Files.readAllLines(list));
    }

    private void makeArchive(String name, List<String> loaded)
            throws IOException, InterruptedException, TimeoutException {
        Path archive = home.resolve("lib/" + name + ".jsa").toAbsolutePath();
        Files.deleteIfExists(archive);
        String resolved = loaded.stream()
                .filter(line -> line.startsWith("@cp"))
                .distinct()
                .collect(Collectors.joining("\n"));
        Path list = Files.writeString(
                folder.resolve(name),
                normal(loaded) + resolved + "\n"); // or lambdas are not in it; their classes come first
        Path said = folder.resolve("dumped");
        String options = "-Xshare:dump -XX:+AOTClassLinking -XX:+UseG1GC -XX:SharedClassListFile=" + list;
        end(start(
                home,
                java,
                archive.getParent(),
                options + " -XX:SharedArchiveFile=" + archive.getFileName(),
                said,
                "ctl"));
        if (!Files.exists(archive)) {
            throw new IOException(name + ": " + Files.readString(said));
        }
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
        try (ServerSocket origin = origin()) {
            Files.writeString(conf, configuration(origin.getLocalPort()));
            train(
                    start(home, java, folder, options, said, "run", conf.toString()),
                    said,
                    (program, text) -> exercise(program, text, CONTROL));
            return Files.readString(said);
        } catch (IOException e) {
            throw new IOException(e + ": " + Files.readString(said), e);
        } finally {
            Files.delete(said);
            Files.delete(conf);
        }
    }

    private static ServerSocket origin() throws IOException {
        ServerSocket origin = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        Thread.ofVirtual().start(() -> answer(origin));
        return origin;
    }

    /** Uses the program and ends it. */
    private static void train(Process program, Path said, Use use)
            throws IOException, InterruptedException, TimeoutException {
        try {
            use.of(program, said);
            program.destroy(); // by SIGTERM: an orderly end, at which the list is complete
            if (!program.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
                throw new TimeoutException("still running after " + LONGEST);
            }
        } finally {
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

    /** Sends some traffic through all proxies, once the program has printed what follows the last of them. */
    private static void exercise(Process program, Path said, Pattern last)
            throws IOException, InterruptedException, TimeoutException {
        await(program, said, last);
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
