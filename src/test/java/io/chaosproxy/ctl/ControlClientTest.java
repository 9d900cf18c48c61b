package io.chaosproxy.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.ctl.CtlRig.Ended;
import io.chaosproxy.kit.Deaf;
import io.chaosproxy.kit.Jvm;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.RefusingPort;
import io.chaosproxy.kit.SelfSigned;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that can't be reached, don't answer, aren't chaos-proxy or want a token: one line each. */
final class ControlClientTest {
    private static final String TOKEN = "a-good-token";

    @TempDir
    private Path folder;

    private static Ended list(String url, String... more) {
        return list(Map.of("CHAOS_PROXY_URL", url), more);
    }

    private static Ended list(Map<String, String> variables, String... more) {
        String[] words = Stream.concat(Stream.of("list"), Stream.of(more)).toArray(String[]::new);
        return CtlRig.run(Optional.empty(), variables, words);
    }

    private static Ended impatientList(String url) {
        return CtlRig.run(Duration.ofSeconds(1), Optional.empty(), Map.of("CHAOS_PROXY_URL", url), "list");
    }

    private static Ended failed(String line) {
        return new Ended(1, "", line + "\n");
    }

    private CtlRig guarded() throws IOException {
        return new CtlRig(folder, "", Optional.of(TOKEN), Optional.empty());
    }

    @Test
    void thePortOnWhichNobodyListensIsNamed() throws IOException {
        try (RefusingPort nobody = new RefusingPort()) {
            String url = "http://" + nobody.address();

            assertEquals(
                    failed(url + " can't be reached: Connection refused; is chaos-proxy running there?"), list(url));
        }
    }

    @Test
    void aHostThatIsNotThereIsNamed() {
        String url = "http://nowhere.invalid:8474"; // RFC 6761, section 6.4
        assertEquals(failed(url + " can't be reached: there is no such host"), list(url));
    }

    @Test
    void aServerThatAcceptsAndKeepsSilentIsNotWaitedForForEver() throws IOException {
        try (Origin silent = Origin.manual()) {
            String url = "http://" + silent.address();
            assertEquals(failed(url + " didn't answer in time"), impatientList(url));
        }
    }

    @Test
    void aServerThatDoesNotEvenAcceptIsNotWaitedForForEver() throws IOException {
        try (Deaf deaf = new Deaf()) {
            String url = "http://127.0.0.1:" + deaf.port();
            assertEquals(failed(url + " didn't answer in time"), impatientList(url));
        }
    }

    @Test
    void aServerOfAnotherKindIsToldApart() throws IOException {
        assertEquals("404 text/html", answeredBy("404 Not Found", "text/html", "<html>"));
        assertEquals("200 text/html", answeredBy("200 OK", "text/html", "<html>"));
        assertEquals("200 application/json", answeredBy("200 OK", "application/json", "[1]"));
        assertEquals("401 text/plain", answeredBy("401 Unauthorized", "text/plain", "who?"));
        assertEquals("302 text/html", answeredBy("302 Found\r\nLocation: /x", "text/html", "there"));
        assertEquals("200", answeredBy("200 OK", "", ""));
    }

    private static String answeredBy(String status, String type, String body) throws IOException {
        String field = type.isEmpty() ? "" : "Content-Type: " + type + "\r\n";
        try (Origin other = Origin.answering(
                "HTTP/1.1 " + status + "\r\n" + field + "Content-Length: " + body.length() + "\r\n\r\n" + body)) {
            String url = "http://" + other.address();
            Ended ended = list(url);
            String begin = url + " is no control plane of chaos-proxy: it answers ";
            assertEquals(1, ended.code());
            assertTrue(ended.err().startsWith(begin), ended.err());
            return ended.err().substring(begin.length()).stripTrailing();
        }
    }

    @Test
    void addressesOfIpVersion6AreReached() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
            String url = "http://[::1]:" + server.getLocalPort();
            assertEquals(failed(url + " didn't answer in time"), impatientList(url)); // for the kernel accepted
        }
    }

    @Test
    void jsonOfAnotherShapeIsNoDefectOfTheProgram() throws IOException {
        try (Origin other =
                Origin.answering("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")) {
            Ended ended = list("http://" + other.address());
            assertEquals(1, ended.code());
            assertEquals(1, ended.err().lines().count(), ended.err());
            assertTrue(ended.err().startsWith("the answer isn't one of this version of chaos-proxy: "), ended.err());
        }
    }

    @Test
    void whatIsNotHttpIsOneLine() throws IOException {
        try (Origin other = Origin.each(client -> {
            client.readHead();
            client.send("220 mail.example ESMTP\r\n");
        })) {
            Ended ended = list("http://" + other.address());
            assertEquals(1, ended.code());
            assertEquals(1, ended.err().lines().count(), ended.err());
            assertTrue(ended.err().startsWith("no answer of http://" + other.address() + ": "), ended.err());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:8474",
                "ftp://x",
                "http://",
                "http://a b",
                "http://x?y=1",
                "http://x/y",
                "http://u:p@x"
            })
    void aUrlThatIsNoneIsNamed(String url) {
        String shown = url.replace("u:p@", ""); // whoever reads it needn't know the password
        Ended ended = list(url);
        assertEquals(2, ended.code());
        assertEquals(
                "the URL must be like http://127.0.0.1:8474, not \"" + shown + "\"",
                ended.err().lines().findFirst().orElse(""));
    }

    @Test
    void theTokenComesFromTheEnvironmentOrAnOption() throws IOException {
        try (CtlRig rig = guarded()) {
            Ended good = new Ended(0, "", "");
            assertEquals(good, list(rig.url(), "--token", TOKEN));
            assertEquals(good, list(Map.of("CHAOS_PROXY_URL", rig.url() + "/", "CHAOS_PROXY_TOKEN", TOKEN + "\n")));
            assertEquals(failed(rig.url() + " wants a token: set CHAOS_PROXY_TOKEN, or give --token"), list(rig.url()));
            assertEquals(failed(rig.url() + " refuses this token"), list(rig.url(), "--token", "another-token"));
        }
    }

    @Test
    void theOptionWinsOverTheEnvironment() throws IOException {
        try (CtlRig rig = guarded()) {
            Map<String, String> wrong = Map.of("CHAOS_PROXY_URL", "http://127.0.0.1:1", "CHAOS_PROXY_TOKEN", "wrong");
            assertEquals(new Ended(0, "", ""), list(wrong, "--url", rig.url(), "--token", TOKEN));
        }
    }

    @Test
    void speaksTlsWithThoseWhomItTrusts() throws Exception {
        SelfSigned made = SelfSigned.in(folder);
        KeyFiles tls = KeyFiles.pem(made.certificate(), made.key());
        try (CtlRig rig = new CtlRig(folder, "", Optional.of(TOKEN), Optional.of(tls))) {
            String url = "https://localhost:" + rig.port();
            String trusted = made.certificate().toString();
            assertEquals(new Ended(0, "", ""), list(url, "--token", TOKEN, "--ca", trusted));

            Ended untrusted = list(url, "--token", TOKEN);
            assertEquals(1, untrusted.code());
            assertEquals(1, untrusted.err().lines().count(), untrusted.err());
            assertTrue(untrusted.err().startsWith(url + " can't be trusted: "), untrusted.err());

            String byAddress = "https://127.0.0.1:" + rig.port(); // which the certificate doesn't name
            Ended misnamed = list(byAddress, "--token", TOKEN, "--ca", trusted);
            assertTrue(misnamed.err().startsWith(byAddress + " can't be trusted: "), misnamed.err());
        }
    }

    @Test
    void aFileWithoutCertificatesIsNamed() throws IOException {
        Path missing = folder.resolve("missing.pem");
        Path empty = Files.writeString(folder.resolve("empty.pem"), "");
        Path garbage = Files.writeString(folder.resolve("garbage.pem"), "garbage");
        String url = "https://localhost:1";

        Map.of(missing, "can't read ", empty, "no certificates (PEM) in ", garbage, "no certificates (PEM) in ")
                .forEach((file, why) -> {
                    Ended ended = list(url, "--ca", file.toString());
                    assertEquals(2, ended.code());
                    assertEquals(
                            Optional.of("--ca: " + why + file),
                            ended.err().lines().findFirst());
                });
    }

    @Test
    void theClientIsThatOfTheJdk() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(Jvm.command(List.of("io.chaosproxy.Main", "ctl", "list")));
        Map<String, String> clean = new HashMap<>(Map.of("CLASSPATH", Jvm.classPathWithout("helidon-")));
        clean.put("CHAOS_PROXY_URL", "http://127.0.0.1:1");
        builder.environment().keySet().retainAll(List.of("PATH"));
        builder.environment().putAll(clean);
        Process process = builder.start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(1, process.waitFor());
        assertTrue(err.startsWith("http://127.0.0.1:1 can't be reached: "), err);
    }

    /** The client itself waits for a body without end. */
    @Test
    void aResponseThatStallsIsNotWaitedForForEver() throws IOException {
        try (Origin stalling = Origin.each(client -> {
            client.readHead();
            client.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
            client.read(); // until the client is gone
        })) {
            String url = "http://" + stalling.address();
            assertEquals(failed(url + " didn't answer in time"), impatientList(url));
        }
    }
}
