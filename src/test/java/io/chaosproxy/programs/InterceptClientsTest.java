package io.chaosproxy.programs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.Intercept;
import io.chaosproxy.config.Intercept.OnRefusal;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.UpstreamTls;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.ClientProgram;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.tls.AuthorityFiles;
import io.chaosproxy.tls.CertificateAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs that trust the authority as {@code chaos-proxy ca} tells, and meet faults of HTTP within their TLS: a status, a delay, a header,
 * a body that is cut short.
 */
final class InterceptClientsTest {
    private static final CertificateAuthority THE_WEB = CertificateAuthority.create("the web");

    @TempDir
    private Path folder;

    private AuthorityFiles files;
    private HttpsServer site;
    private ExecutorService threads;
    private ProxyServer proxy;

    private static final Rule BUSY =
            Rule.of("busy", Respond.of(503, "from the rule")).when(Match.path("/busy"));
    private static final Rule LATE =
            Rule.of("late", Latency.of(Duration.ofMillis(200))).when(Match.path("/late"));
    private static final Rule FIELD =
            Rule.of("field", Headers.ofResponse("X-Chaos", "yes")).when(Match.path("/field"));
    private static final Rule CUT = Rule.of("cut", Truncate.at(4)).when(Match.path("/cut"));

    @BeforeEach
    void start() throws Exception {
        files = AuthorityFiles.in(folder.resolve("ca"));
        files.write(CertificateAuthority.create("chaos-proxy CA test"), false);
        threads = Executors.newVirtualThreadPerTaskExecutor();
        site = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 100);
        site.setHttpsConfigurator(new HttpsConfigurator(Tls.context(
                List.of(), Optional.of(THE_WEB.server(List.of("localhost", "127.0.0.1"), Duration.ofDays(1))))));
        site.setExecutor(threads);
        site.createContext("/", InterceptClientsTest::serve);
        site.start();
        proxy = TestProxy.start(spec(OnRefusal.FAIL), 1);
    }

    private ProxySpec spec(OnRefusal onRefusal) throws IOException {
        Path web = Tls.trust(folder, "web.pem", THE_WEB.own().certificate());
        return ProxySpec.forward()
                .intercept(Intercept.all(files.certificate(), files.key()).onRefusal(onRefusal))
                .upstreamTls(UpstreamTls.DEFAULTS.trusting(web))
                .with(Options.DEFAULTS.forward(
                        ForwardAccess.OPEN.allowing("localhost"))) // a browser has its own targets
                .with(Plan.of(BUSY, LATE, FIELD, CUT));
    }

    @AfterEach
    void stop() {
        proxy.close();
        site.stop(0);
        threads.close();
    }

    private static void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            byte[] body = ("<p>from the site " + exchange.getRequestURI() + "</p>").getBytes(UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private String url(String path) {
        return "https://localhost:" + site.getAddress().getPort() + path;
    }

    private String proxyUrl() {
        return "http://127.0.0.1:" + proxy.address().getPort();
    }

    private long hits(String rule) {
        return proxy.common().journal().byRule("forward").getOrDefault(rule, 0L);
    }

    private ClientProgram curl(String... more) throws Exception {
        String[] command = new String[more.length + 6];
        System.arraycopy(new String[] {"curl", "-sS", "-x", proxyUrl(), "--max-time", "120"}, 0, command, 0, 6);
        System.arraycopy(more, 0, command, 6, more.length);
        return ClientProgram.run(folder, Map.of(), command);
    }

    @Test
    void curl() throws Exception {
        ClientProgram.assumePresent("curl");
        String ca = files.certificate().toString();
        assertEquals("<p>from the site /</p>", curl("--cacert", ca, url("/")).output());
        assertEquals(
                "from the rule503",
                curl("--cacert", ca, "-w", "%{http_code}", url("/busy")).output());
        String late = curl("--cacert", ca, "-o", "none", "-w", "%{time_starttransfer}", url("/late"))
                .output();
        assertTrue(Double.parseDouble(late) >= 0.2, late);
        String field = curl("--cacert", ca, "-i", url("/field")).output();
        assertTrue(field.contains("\nX-Chaos: yes\r\n"), field);
        assertEquals(18, curl("--cacert", ca, url("/cut")).exit()); // CURLE_PARTIAL_FILE
        assertEquals(60, curl(url("/")).exit()); // it does not trust the authority
        for (Rule rule : List.of(BUSY, LATE, FIELD, CUT)) {
            assertEquals(1, hits(rule.name()), rule.name());
        }
    }

    /** Started by its options alone, without a file. */
    @Test
    void curlThroughTheCommand() throws Exception {
        ClientProgram.assumePresent("curl");
        Tls.trust(folder, "web.pem", THE_WEB.own().certificate());
        Process command = Child.builder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.chaosproxy.Main",
                        "forward",
                        "--listen",
                        "127.0.0.1:0",
                        "--intercept-ca",
                        files.certificate().toString(),
                        "--intercept-key",
                        files.key().toString(),
                        "--intercept-only",
                        "localhost",
                        "--upstream-trust",
                        folder.resolve("web.pem").toString(),
                        "-D",
                        "proxies.forward.faults.busy.type=respond",
                        "-D",
                        "proxies.forward.faults.busy.status=503",
                        "-D",
                        "proxies.forward.faults.busy.body=chaos"))
                .redirectErrorStream(true)
                .start();
        try {
            String said = command.inputReader(UTF_8).readLine();
            Matcher line = Pattern.compile("forward  forward  (127\\.0\\.0\\.1:\\d+) .*")
                    .matcher(said);
            assertTrue(line.matches(), said);
            String address = line.group(1);
            String intercepted = ClientProgram.run(
                            folder,
                            Map.of(),
                            "curl",
                            "-sS",
                            "-x",
                            address,
                            "--cacert",
                            files.certificate().toString(),
                            "-w",
                            " %{http_code}",
                            url("/"))
                    .output();
            assertEquals("chaos 503", intercepted);
            String other = ClientProgram.run(
                            folder,
                            Map.of(),
                            "curl",
                            "-sS",
                            "-x",
                            address,
                            "--cacert",
                            folder.resolve("web.pem").toString(),
                            url("/").replace("localhost", "127.0.0.1"))
                    .output();
            assertEquals("<p>from the site /</p>", other);
        } finally {
            command.destroyForcibly();
        }
    }

    @Test
    void javaWithATrustStore() throws Exception {
        Path store = folder.resolve("trust.p12");
        ClientProgram keytool = ClientProgram.run(
                folder,
                Map.of(),
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-importcert",
                "-noprompt",
                "-alias",
                "chaos-proxy",
                "-file",
                files.certificate().toString(),
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit");
        assertEquals(0, keytool.exit(), keytool.output());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(KeyStore.getInstance(store.toFile(), "changeit".toCharArray()));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        try (HttpClient client = HttpClient.newBuilder()
                .proxy(ProxySelector.of(
                        new InetSocketAddress("127.0.0.1", proxy.address().getPort())))
                .sslContext(context)
                .build()) {
            assertEquals("<p>from the site /</p>", get(client, "/").body());
            assertEquals(503, get(client, "/busy").statusCode());
            long begun = System.nanoTime();
            get(client, "/late");
            assertTrue(System.nanoTime() - begun >= 200_000_000);
            assertEquals(Optional.of("yes"), get(client, "/field").headers().firstValue("X-Chaos"));
            assertThrows(IOException.class, () -> get(client, "/cut"));
        }
    }

    private HttpResponse<String> get(HttpClient client, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url(path)))
                .timeout(Duration.ofMinutes(2))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void node() throws Exception {
        ClientProgram.assumePresent("node");
        Path script = Files.writeString(folder.resolve("client.js"), """
            const [proxyPort, port, path] = process.argv.slice(2), host = 'localhost:' + port;
            const request = require('http').request({ host: '127.0.0.1', port: proxyPort, method: 'CONNECT', path: host,
                headers: { Host: host } });
            request.on('connect', (reply, socket) => {
              const tunnel = require('tls').connect({ socket, servername: 'localhost', ALPNProtocols: ['http/1.1'] });
              tunnel.on('error', e => { console.log(e.code); process.exit(3); });
              require('http').get({ createConnection: () => tunnel, path, headers: { Host: host } }, response => {
                let body = '';
                response.on('data', data => body += data);
                response.on('error', e => { console.log(e.code); process.exit(4); });
                response.on('end', () => {
                  console.log(response.statusCode, response.headers['x-chaos'] || '-', body); process.exit(0); });
              });
            }).end();
            """);
        assertEquals("200 - <p>from the site /</p>\n", node(script, true, "/").output());
        assertEquals("503 - from the rule\n", node(script, true, "/busy").output());
        assertEquals(
                "200 yes <p>from the site /field</p>\n",
                node(script, true, "/field").output());
        assertEquals(4, node(script, true, "/cut").exit());
        assertEquals(
                "UNABLE_TO_VERIFY_LEAF_SIGNATURE\n", node(script, false, "/").output());
    }

    private ClientProgram node(Path script, boolean trusting, String path) throws Exception {
        return ClientProgram.run(
                folder,
                trusting ? Map.of("NODE_EXTRA_CA_CERTS", files.certificate().toString()) : Map.of(),
                "node",
                script.toString(),
                String.valueOf(proxy.address().getPort()),
                String.valueOf(site.getAddress().getPort()),
                path);
    }

    @Test
    void python() throws Exception {
        ClientProgram.assumePresent("python3");
        Path script = Files.writeString(folder.resolve("client.py"), """
            import ssl, sys, urllib.request, urllib.error
            urls = urllib.request.build_opener(urllib.request.ProxyHandler({'https': sys.argv[1]}))
            try:
                response = urls.open(sys.argv[2])
                print(response.status, response.headers.get('X-Chaos', '-'), response.read().decode())
            except urllib.error.HTTPError as e:
                print(e.code)
            except Exception as e:
                print(type(e).__name__, e)
            """);
        assertEquals("200 - <p>from the site /</p>\n", python(script, true, "/"));
        assertEquals("503\n", python(script, true, "/busy"));
        assertEquals("200 yes <p>from the site /field</p>\n", python(script, true, "/field"));
        String cut = python(script, true, "/cut");
        assertTrue(cut.startsWith("IncompleteRead "), cut);
        String distrusting = python(script, false, "/");
        assertTrue(distrusting.contains("CERTIFICATE_VERIFY_FAILED"), distrusting);
    }

    private String python(Path script, boolean trusting, String path) throws Exception {
        return ClientProgram.run(
                        folder,
                        trusting ? Map.of("SSL_CERT_FILE", files.certificate().toString()) : Map.of(),
                        "python3",
                        script.toString(),
                        proxyUrl(),
                        url(path))
                .output();
    }

    /** It trusts the authority by a database of its own, as a browser of a user does. */
    @Test
    void chromium() throws Exception {
        ClientProgram.assumePresent("chromium");
        ClientProgram.assumePresent("certutil");
        Path database = Files.createDirectories(folder.resolve("trusting/.pki/nssdb"));
        for (String arguments : List.of("-N --empty-password", "-A -t C,, -n chaos-proxy -i " + files.certificate())) {
            ClientProgram certutil = ClientProgram.run(
                    folder, Map.of(), ("certutil -d sql:" + database + " " + arguments).split(" ", -1));
            assertEquals(0, certutil.exit(), certutil.output());
        }
        String page = browse("trusting", "/");
        assertTrue(page.contains("<p>from the site /</p>"), page);
        String busy = browse("trusting", "/busy");
        assertTrue(busy.contains("from the rule"), busy);
        assertEquals(1, hits("busy"));
        String distrusting = browse("distrusting", "/");
        assertTrue(distrusting.contains("ERR_CERT_AUTHORITY_INVALID"), distrusting);
    }

    private String browse(String home, String path) throws Exception {
        Path own = Files.createDirectories(folder.resolve(home));
        return ClientProgram.run(
                        folder,
                        Map.of("HOME", own.toString()),
                        "chromium",
                        "--headless",
                        "--no-sandbox", // which needs another user than root
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--no-first-run",
                        "--user-data-dir=" + own.resolve("browser"),
                        "--proxy-server=" + proxyUrl(),
                        "--proxy-bypass-list=<-loopback>",
                        "--dump-dom",
                        url(path))
                .output();
    }

    /** It trusts the site's authority alone, as a program does that has it built in. */
    @Test
    void curlThatRejectsTheCertificatePassesThroughTheNextTime() throws Exception {
        ClientProgram.assumePresent("curl");
        proxy.close();
        proxy = TestProxy.start(spec(OnRefusal.PASSTHROUGH), 1);
        String web = folder.resolve("web.pem").toString();
        assertNotEquals(0, curl("--cacert", web, url("/busy")).exit());
        assertEquals(
                "<p>from the site /busy</p>",
                curl("--cacert", web, url("/busy")).output());
        assertEquals(0, hits("busy"));
        assertEquals(1, hits("intercept"));
    }
}
