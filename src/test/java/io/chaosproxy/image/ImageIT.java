package io.chaosproxy.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code mvn -Pimage verify} has built twice; run from its own root by root, and skipped for others. */
class ImageIT {
    private static final Path IMAGE = Path.of("target/image/oci");
    private static final Path AGAIN = Path.of("target/image-again/oci");
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final Pattern LISTENS = Pattern.compile("web +http +127\\.0\\.0\\.1:(\\d+) -> .*");

    /** What a runtime for containers does before it starts the entry point, as far as Java needs it. */
    private static final String CONTAINER =
            "mount -t proc proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" && exec chroot --userspec=65532:65532"
                    + " \"$0\" \"$@\"";

    @Test
    void isWholeAndSaysWhatToRun() throws Exception {
        Layout image = new Layout(IMAGE);

        assertEquals("linux", image.config().path("os").asString());
        assertEquals(
                System.getProperty("os.arch").replace("aarch64", "arm64"),
                image.config().path("architecture").asString());
        assertEquals("65532:65532", image.config().path("config").path("User").asString());
        assertEquals(List.of("/opt/java/bin/java", "@/chaos-proxy"), image.words("Entrypoint"));
        assertEquals(List.of("run", "/etc/chaos-proxy/chaos-proxy.conf"), image.words("Cmd"));
        assertTrue(image.config().path("config").path("ExposedPorts").has("8474/tcp"));
    }

    @Test
    void anotherBuildHasTheSameDigest() throws Exception {
        assertEquals(new Layout(IMAGE).digest(), new Layout(AGAIN).digest());
    }

    @Test
    void onlyTemporaryFilesCanBeWrittenAndTheMachineOfTheBuildIsNotNamed(@TempDir Path root) throws Exception {
        new Layout(IMAGE).unpack(root);
        List<String> writable = new ArrayList<>();
        String here = Path.of("").toAbsolutePath().toString();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.filter(path -> !path.equals(root)).toList()) {
                if (Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_WRITE)) {
                    writable.add(root.relativize(path).toString());
                }
                if (Files.isRegularFile(path)) {
                    assertTrue(!new String(Files.readAllBytes(path), UTF_8).contains(here), path.toString());
                }
            }
        }
        assertEquals(List.of("tmp"), writable);
        assertTrue(Files.size(root.resolve("opt/java/lib/security/cacerts")) > 10_000);
    }

    @Test
    void relaysARequestFromItsOwnRootAndEnds(@TempDir Path root) throws Exception {
        assumeTrue(mayUnshare(), "unshare(1) and chroot(1) need root and the right to mount");
        Layout image = new Layout(IMAGE);
        image.unpack(root);
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createDirectories(root.resolve("proc")); // which a runtime for containers brings
        Files.createDirectories(root.resolve("dev"));
        try (Origin origin = Origin.answering(OK)) {
            Files.writeString(root.resolve("etc/hosts"), "127.0.0.1 localhost\n"); // likewise
            Files.writeString(root.resolve("etc/chaos-proxy/chaos-proxy.conf"), """
                chaos-proxy {
                  control.listen = "127.0.0.1:0"
                  proxies.web { protocol = http, listen = "127.0.0.1:0", upstream = "http://localhost:%d" }
                }\
                """.formatted(origin.port()));
            List<String> command = new ArrayList<>(
                    List.of("unshare", "--fork", "--pid", "--kill-child", "--mount", "sh", "-c", CONTAINER));
            command.add(root.toString());
            command.addAll(image.words("Entrypoint"));
            command.addAll(image.words("Cmd"));
            ProcessBuilder builder = Child.builder(command).redirectErrorStream(true);
            builder.environment().put("JDK_JAVA_OPTIONS", "-Xlog:aot");
            Process container = builder.start();
            StringBuilder said = new StringBuilder();
            try (BufferedReader lines = container.inputReader(UTF_8)) {
                try (Peer client = Peer.connect(listening(lines, said))) {
                    String response = client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                            .readText();
                    assertTrue(response.endsWith("ok"), response);
                }
                container
                        .descendants()
                        .filter(process -> process.info().command().orElse("").endsWith("/opt/java/bin/java"))
                        .forEach(ProcessHandle::destroy);
                lines.lines().forEach(line -> said.append(line).append('\n'));
                assertEquals(0, container.waitFor(), said::toString);
            } finally {
                container.destroyForcibly();
            }
            assertTrue(said.toString().contains("hits: none"), said.toString());
            assertTrue(said.toString().contains("Using AOT-linked classes: true"), said.toString());
        }
    }

    private static InetSocketAddress listening(BufferedReader lines, StringBuilder said) throws IOException {
        InetSocketAddress address = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            said.append(line).append('\n');
            Matcher listens = LISTENS.matcher(line);
            if (listens.matches()) {
                address = new InetSocketAddress("127.0.0.1", Integer.parseInt(listens.group(1)));
            }
            if (address != null && line.startsWith("control ")) { // the last that it says at its start
                return address;
            }
        }
        throw new IOException("it ended: " + said);
    }

    private static boolean mayUnshare() throws IOException, InterruptedException {
        return Child.builder(List.of(
                                "unshare",
                                "--fork",
                                "--pid",
                                "--mount",
                                "chroot",
                                "--userspec=65532:65532",
                                "/",
                                "true"))
                        .start()
                        .waitFor()
                == 0;
    }
}
