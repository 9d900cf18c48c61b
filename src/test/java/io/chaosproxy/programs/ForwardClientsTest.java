package io.chaosproxy.programs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.ClientProgram;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.tls.CertificateAuthority;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs and libraries that are told to use the forward proxy, each with a fault in force. */
final class ForwardClientsTest {
    private static final CertificateAuthority CA = CertificateAuthority.create("test");

    @TempDir
    private Path folder;

    private HttpServer http;
    private HttpsServer https;

    /** Two servers with the same files: those of the folder {@code www}. */
    @BeforeEach
    void start() throws Exception {
        Path www = Files.createDirectories(folder.resolve("www"));
        Files.writeString(www.resolve("hello.txt"), "hello");
        http = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 100);
        https = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 100);
        https.setHttpsConfigurator(new HttpsConfigurator(
                Tls.context(List.of(), Optional.of(CA.server(List.of("localhost", "127.0.0.1"), Duration.ofDays(1))))));
        for (HttpServer server : List.of(http, https)) {
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", exchange -> serve(www, exchange));
            server.start();
        }
    }

    @AfterEach
    void stop() {
        http.stop(0);
        https.stop(0);
    }

    private static void serve(Path www, HttpExchange exchange) throws IOException {
        try (exchange) {
            Path file =
                    www.resolve(exchange.getRequestURI().getPath().substring(1)).normalize();
            boolean found = file.startsWith(www) && Files.isRegularFile(file);
            byte[] body = found ? Files.readAllBytes(file) : "none".getBytes(UTF_8);
            exchange.sendResponseHeaders(found ? 200 : 404, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private String plain(String path) {
        return "http://127.0.0.1:" + http.getAddress().getPort() + path;
    }

    private String secure(String path) {
        return "https://localhost:" + https.getAddress().getPort() + path;
    }

    private static String url(String scheme, ProxyServer proxy) {
        return scheme + "://127.0.0.1:" + proxy.address().getPort();
    }

    private static Rule once(Rule rule) {
        return rule.maxHits(1);
    }

    private static long hits(ProxyServer proxy, String rule) {
        return proxy.common().journal().byRule(proxy.name()).getOrDefault(rule, 0L);
    }

    private ClientProgram curl(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 5];
        System.arraycopy(new String[] {"curl", "-sS", "-k", "--max-time", "60"}, 0, command, 0, 5);
        System.arraycopy(arguments, 0, command, 5, arguments.length);
        return ClientProgram.run(folder, Map.of(), command);
    }

    @Test
    void curl() throws Exception {
        ClientProgram.assumePresent("curl");
        try (ProxyServer proxy =
                TestProxy.forward(once(TestProxy.rule(Respond.of(503)).when(Match.path("/broken"))))) {
            for (String option : List.of("-x", "--socks5-hostname", "--socks5")) {
                String by = option.equals("-x")
                        ? url("http", proxy)
                        : "127.0.0.1:" + proxy.address().getPort();
                assertEquals("hello", curl(option, by, plain("/hello.txt")).output(), option);
                assertEquals("hello", curl(option, by, secure("/hello.txt")).output(), option);
                assertEquals(
                        "hellohello",
                        curl(option, by, plain("/hello.txt"), secure("/hello.txt"))
                                .output(),
                        option);
            }
            String status = curl("-x", url("http", proxy), "-o", "none", "-w", "%{http_code}", plain("/broken"))
                    .output();
            assertEquals("503", status);
            proxy.plan(io.chaosproxy.fault.Plan.of(TestProxy.rule(Reset.atFirstByte())));
            assertEquals(56, curl("-x", url("http", proxy), plain("/hello.txt")).exit());
            assertEquals(
                    35, curl("-x", url("http", proxy), secure("/hello.txt")).exit(), "in its handshake");
            assertEquals(
                    56,
                    curl("--socks5-hostname", "127.0.0.1:" + proxy.address().getPort(), plain("/hello.txt"))
                            .exit());
            assertEquals(
                    4,
                    proxy.common().journal().byType().values().stream()
                            .mapToLong(n -> n)
                            .sum());
        }
    }

    @Test
    void curlByTlsToTheProxyItself() throws Exception {
        ClientProgram.assumePresent("curl");
        ProxySpec spec = ProxySpec.forward().tls(ListenerTls.Terminated.selfSigned());
        try (ProxyServer proxy = TestProxy.start(spec, 1)) {
            String by = url("https", proxy);
            assertEquals(
                    "hello",
                    curl("--proxy-insecure", "-x", by, plain("/hello.txt")).output());
            assertEquals(
                    "hello",
                    curl("--proxy-insecure", "-x", by, secure("/hello.txt")).output());
        }
    }

    @Test
    void curlWithAPassword() throws Exception {
        ClientProgram.assumePresent("curl");
        Path users = Files.writeString(folder.resolve("users"), "ann:secret\n");
        try (ProxyServer proxy = TestProxy.forward(
                ForwardAccess.OPEN.credentials(users), TestProxy.rule(Latency.of(Duration.ofMillis(200))))) {
            String by = url("http", proxy);
            String socks = url("socks5h", proxy);
            assertEquals(
                    "hello",
                    curl("-x", by, "--proxy-user", "ann:secret", plain("/hello.txt"))
                            .output());
            assertEquals(
                    "hello",
                    curl("-x", by, "-U", "ann:secret", secure("/hello.txt")).output());
            assertEquals(
                    "hello",
                    curl("-x", by, "-U", "ann:secret", "--proxy-anyauth", plain("/hello.txt"))
                            .output());
            assertEquals(
                    "hello",
                    curl("-x", socks, "-U", "ann:secret", secure("/hello.txt")).output());
            assertEquals(4, hits(proxy, "latency"));
            assertEquals(
                    "407",
                    curl("-x", by, "-o", "none", "-w", "%{http_code}", plain("/hello.txt"))
                            .output());
            assertEquals(
                    97,
                    curl("-x", socks, "-U", "ann:wrong", plain("/hello.txt")).exit());
            assertNotEquals(
                    0, curl("-x", by, "-U", "ann:wrong", secure("/hello.txt")).exit());
        }
    }

    @Test
    void theJdksHttpClient() throws Exception {
        try (ProxyServer proxy = TestProxy.forward(
                        TestProxy.rule(Latency.of(Duration.ofMillis(200))),
                        once(TestProxy.rule(Respond.of(503)).when(Match.path("/broken"))));
                HttpClient client = HttpClient.newBuilder()
                        .proxy(ProxySelector.of(new InetSocketAddress(
                                "127.0.0.1", proxy.address().getPort())))
                        .sslContext(Tls.context(List.of(CA.own().certificate()), Optional.empty()))
                        .build()) {
            for (String uri : List.of(plain("/hello.txt"), secure("/hello.txt"), plain("/hello.txt"))) {
                long begun = System.nanoTime();
                HttpResponse<String> response = get(client, uri);
                assertEquals("hello", response.body());
                assertTrue(System.nanoTime() - begun >= 200_000_000, uri);
            }
            assertEquals(503, get(client, plain("/broken")).statusCode());
            assertEquals(404, get(client, plain("/broken")).statusCode());
        }
    }

    private static HttpResponse<String> get(HttpClient client, String uri) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(uri))
                        .timeout(Duration.ofMinutes(1))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** It answers 407 by a second request; for CONNECT only if that is allowed by a property, which holds for the whole JVM. */
    @Test
    void theJdksHttpClientWithAPassword() throws Exception {
        Path users = Files.writeString(folder.resolve("users"), "ann:secret\n");
        Authenticator ann = new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication("ann", "secret".toCharArray());
            }
        };
        try (ProxyServer proxy = TestProxy.forward(
                        ForwardAccess.OPEN.credentials(users), TestProxy.rule(Latency.of(Duration.ofMillis(100))));
                HttpClient client = HttpClient.newBuilder()
                        .proxy(ProxySelector.of(new InetSocketAddress(
                                "127.0.0.1", proxy.address().getPort())))
                        .authenticator(ann)
                        .build()) {
            assertEquals("hello", get(client, plain("/hello.txt")).body());
        }
    }

    @Test
    void aJavaSocketBySocks() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.forward(once(TestProxy.rule(Reset.atFirstByte())))) {
            Proxy socks = new Proxy(
                    Proxy.Type.SOCKS,
                    new InetSocketAddress("127.0.0.1", proxy.address().getPort()));
            try (Socket socket = new Socket(socks)) {
                socket.connect(InetSocketAddress.createUnresolved("localhost", origin.port()));
                socket.getOutputStream().write(0);
                assertThrows(
                        SocketException.class, () -> socket.getInputStream().read());
            }
            try (Socket socket = new Socket(socks)) {
                socket.connect(new InetSocketAddress("127.0.0.1", origin.port()));
                socket.getOutputStream().write(7);
                assertEquals(7, socket.getInputStream().read());
            }
        }
    }

    @Test
    void git() throws Exception {
        ClientProgram.assumePresent("git");
        Path source = Files.createDirectories(folder.resolve("source"));
        Files.writeString(source.resolve("file"), "content");
        Map<String, String> identity =
                Map.of("GIT_CONFIG_GLOBAL", "/dev/null", "GIT_CONFIG_SYSTEM", "/dev/null", "GIT_TERMINAL_PROMPT", "0");
        for (String command : List.of(
                "init -q source",
                "-C source add file",
                "-C source -c user.name=a -c user.email=a@b commit -q -m one",
                "clone -q --bare source www/repo.git",
                "-C www/repo.git update-server-info")) {
            ClientProgram done = ClientProgram.run(folder, identity, ("git " + command).split(" ", -1));
            assertEquals(0, done.exit(), done.output());
        }
        try (ProxyServer proxy = TestProxy.forward(
                TestProxy.rule(Latency.of(Duration.ofMillis(20))),
                once(TestProxy.rule(Respond.of(503)).when(Match.path("/repo.git/info/refs"))))) {
            String[] clone = {"git", "-c", "http.proxy=" + url("http", proxy), "clone", "-q", plain("/repo.git"), "copy"
            };
            ClientProgram failed = ClientProgram.run(folder, identity, clone);
            assertNotEquals(0, failed.exit());
            assertTrue(failed.output().contains("503"), failed.output());
            ClientProgram done = ClientProgram.run(folder, identity, clone);
            assertEquals(0, done.exit(), done.output());
            assertEquals("content", Files.readString(folder.resolve("copy/file")));
            assertTrue(hits(proxy, "latency") > 2);
        }
    }

    @Test
    void npm() throws Exception {
        ClientProgram.assumePresent("npm");
        Path packed = Files.createDirectories(folder.resolve("package"));
        Files.writeString(packed.resolve("package.json"), "{\"name\":\"tiny\",\"version\":\"1.0.0\"}");
        Files.writeString(packed.resolve("index.js"), "module.exports = 42;");
        Path www = folder.resolve("www");
        ClientProgram tar = ClientProgram.run(folder, Map.of(), "tar", "czf", "www/tiny.tgz", "package");
        assertEquals(0, tar.exit(), tar.output());
        String integrity = "sha512-"
                + Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-512")
                                .digest(Files.readAllBytes(www.resolve("tiny.tgz"))));
        Files.writeString(
                www.resolve("tiny"),
                "{\"name\":\"tiny\",\"dist-tags\":{\"latest\":\"1.0.0\"},\"versions\":{\"1.0.0\":{\"name\":\"tiny\",\"version\":"
                    + "\"1.0.0\",\"dist\":{\"tarball\":\"" + plain("/tiny.tgz") + "\",\"integrity\":\"" + integrity
                        + "\"}}}}");
        Path app = Files.createDirectories(folder.resolve("app"));
        Files.writeString(app.resolve("package.json"), "{\"name\":\"app\",\"version\":\"1.0.0\"}");
        Map<String, String> home = Map.of("HOME", folder.toString(), "npm_config_userconfig", "/dev/null");
        try (ProxyServer proxy = TestProxy.forward(
                TestProxy.rule(Latency.of(Duration.ofMillis(20))),
                once(TestProxy.rule(Respond.of(503)).when(Match.path("/tiny"))))) {
            ClientProgram done = ClientProgram.run(
                    app,
                    home,
                    "npm",
                    "install",
                    "--registry=" + plain("/"),
                    "--proxy=" + url("http", proxy),
                    "--fetch-retry-mintimeout=10",
                    "--no-audit",
                    "--no-fund",
                    "--no-update-notifier",
                    "--cache=" + folder.resolve("npm-cache"),
                    "tiny");
            assertEquals(0, done.exit(), done.output());
            assertEquals("module.exports = 42;", Files.readString(app.resolve("node_modules/tiny/index.js")));
            assertEquals(1, hits(proxy, "respond"), "it tried again");
            assertTrue(hits(proxy, "latency") >= 2);
        }
    }

    @Test
    void apt() throws Exception {
        ClientProgram.assumePresent("apt-get");
        ClientProgram.assumePresent("dpkg-deb");
        Path control = Files.createDirectories(folder.resolve("deb/DEBIAN")).resolve("control");
        String fields = "Package: chaos-test\n"
                + "Version: 1.0\n"
                + "Architecture: all\n"
                + "Maintainer: a <a@example.com>\n"
                + "Description: test\n";
        Files.writeString(control, fields);
        ClientProgram built = ClientProgram.run(folder, Map.of(), "dpkg-deb", "-Znone", "--build", "deb", "www/t.deb");
        assertEquals(0, built.exit(), built.output());
        byte[] deb = Files.readAllBytes(folder.resolve("www/t.deb"));
        String sha =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(deb));
        Files.writeString(
                folder.resolve("www/Packages"),
                fields + "Filename: ./t.deb\nSize: " + deb.length + "\nSHA256: " + sha + "\n");
        Files.writeString(folder.resolve("sources.list"), "deb [trusted=yes] " + plain("/") + " ./\n");
        Files.createDirectories(folder.resolve("state/lists/partial"));
        Files.createDirectories(folder.resolve("cache/archives/partial"));
        Files.writeString(folder.resolve("status"), "");
        try (ProxyServer proxy = TestProxy.forward(
                TestProxy.rule(Latency.of(Duration.ofMillis(20))),
                once(TestProxy.rule(Respond.of(503)).when(Match.path("/**.deb"))))) {
            ClientProgram updated = apt(proxy, "update");
            assertEquals(0, updated.exit(), updated.output());
            ClientProgram failed = apt(proxy, "download", "chaos-test");
            assertTrue(failed.exit() != 0 && failed.output().contains("503"), failed.output());
            ClientProgram done = apt(proxy, "download", "chaos-test");
            assertEquals(0, done.exit(), done.output());
            try (var files = Files.list(folder)) {
                assertTrue(files.anyMatch(file -> file.getFileName().toString().startsWith("chaos-test_1.0")));
            }
            assertTrue(hits(proxy, "latency") >= 3);
        }
    }

    private ClientProgram apt(ProxyServer proxy, String... words) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("apt-get", "-q"));
        for (String option : List.of(
                "Dir::Etc::SourceList=" + folder.resolve("sources.list"),
                "Dir::Etc::SourceParts=/dev/null",
                "Dir::Etc::Parts=/dev/null",
                "Dir::State=" + folder.resolve("state"),
                "Dir::State::status=" + folder.resolve("status"),
                "Dir::Cache=" + folder.resolve("cache"),
                "Dir::Log=" + folder,
                "APT::Sandbox::User=",
                "Debug::NoLocking=true",
                "Acquire::Languages=none",
                "Acquire::http::Proxy=" + url("http", proxy))) {
            command.addAll(List.of("-o", option));
        }
        command.addAll(List.of(words));
        return ClientProgram.run(folder, Map.of(), command.toArray(String[]::new));
    }

    @Test
    void chromium() throws Exception {
        ClientProgram.assumePresent("chromium");
        Files.writeString(
                folder.resolve("www/page.html"), "<!DOCTYPE html><title>t</title><p id=x>from the origin</p>");
        try (ProxyServer proxy = TestProxy.forward(
                TestProxy.rule(Latency.of(Duration.ofMillis(20))),
                TestProxy.rule(Respond.of(503, "from the rule")).when(Match.path("/broken")))) {
            for (String by : List.of(url("http", proxy), url("socks5", proxy))) {
                ClientProgram page = browse(by, plain("/page.html"));
                assertTrue(page.output().contains("from the origin"), page.output());
                ClientProgram secure = browse(by, secure("/page.html"));
                assertTrue(secure.output().contains("from the origin"), secure.output());
                ClientProgram broken = browse(by, plain("/broken"));
                assertTrue(broken.output().contains("from the rule"), broken.output());
            }
            assertTrue(hits(proxy, "respond") >= 2);
            assertTrue(hits(proxy, "latency") >= 4);
        }
    }

    private ClientProgram browse(String proxy, String page) throws Exception {
        return ClientProgram.run(
                folder,
                Map.of("HOME", folder.toString()),
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--ignore-certificate-errors",
                "--user-data-dir=" + folder.resolve("browser"),
                "--proxy-server=" + proxy,
                "--proxy-bypass-list=<-loopback>",
                "--dump-dom",
                page);
    }
}
