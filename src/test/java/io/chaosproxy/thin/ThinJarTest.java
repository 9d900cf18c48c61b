package io.chaosproxy.thin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Jvm;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody else's program with nothing but our classes and Typesafe Config, compiled and run for itself. */
final class ThinJarTest {
    private static final String OURS =
            Path.of("target", "classes").toAbsolutePath().toString();
    private static final String CONFIG = jarOf(com.typesafe.config.Config.class);
    private static final String WORKING = "tcp a late=true hits=1\nhttp 503 hits=1\n";

    private static final String ALL_OF_CONTROL = "io.helidon.webserver:helidon-webserver,"
            + " io.helidon.webserver:helidon-webserver-sse, io.helidon.webserver:helidon-webserver-static-content,"
            + " com.fasterxml.jackson.core:jackson-core,"
            + " io.micrometer:micrometer-registry-prometheus";

    @TempDir
    private static Path folder;

    private static Path consumer;

    @BeforeAll
    static void compile() throws Exception {
        consumer = folder.resolve("consumer");
        Path source = Path.of(ThinJarTest.class.getResource("consumer").toURI());
        compile(
                "--module-path",
                OURS + ":" + CONFIG,
                "-d",
                consumer.toString(),
                source.resolve("module-info.java").toString(),
                source.resolve("example/Consumer.java").toString());
    }

    private static void compile(String... arguments) {
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        assertEquals(0, ToolProvider.findFirst("javac").orElseThrow().run(out, out, arguments), said::toString);
    }

    @Test
    void proxiesInCodeNeedNothingButTypesafeConfig() throws Exception {
        assertEquals(WORKING, onClassPath("example.Consumer"));
    }

    @Test
    void proxiesInCodeWorkAsModules() throws Exception {
        assertEquals(WORKING, asModules());
    }

    @Test
    void aConfigurationWithoutControlPlaneNeedsNoMore() throws Exception {
        assertEquals("server true\n", onClassPath("example.Consumer", "seed = 1"));
    }

    @Test
    void theControlPlaneNamesWhatItNeeds() throws Exception {
        String message =
                "the control plane needs what isn't on the class path or the module path; add " + ALL_OF_CONTROL + "\n";
        assertEquals(message, onClassPath("example.Consumer", "control {}"));
        assertEquals(message, asModules("control {}"));
    }

    @Test
    void aClusterNamesWhatItNeeds() throws Exception {
        String message = "a cluster needs what isn't on the class path or the module path; add redis.clients:jedis\n";
        assertEquals(message, onClassPath("example.Consumer", "cluster.redis = \"redis://127.0.0.1\""));
        assertEquals(message, asModules("cluster.redis = \"redis://127.0.0.1\""));
    }

    /** Neither the client of Redis nor our own classes for it. */
    @Test
    void withoutAClusterNothingOfItIsLoaded() throws Exception {
        String loaded = run(
                List.of(
                        "-Xlog:class+load",
                        "-cp",
                        System.getProperty("java.class.path") + ":" + consumer,
                        "example.Consumer"),
                "control.listen = \"127.0.0.1:0\"");
        assertTrue(loaded.contains("io.chaosproxy.server.RunningServer "), "classes are listed");
        assertTrue(loaded.contains("server true"), "it ran");
        assertFalse(loaded.contains("io.chaosproxy.cluster."), "no class of the cluster");
        assertFalse(loaded.contains("redis.clients."), "no class of Jedis");
    }

    @Test
    void theProgramNamesWhatItNeeds() throws Exception {
        assertEquals(
                "the command line needs what isn't on the class path or the module path; add info.picocli:picocli\n",
                onClassPath("io.chaosproxy.Main", "check", "no.conf"));
    }

    /** What isn't exported can't be compiled against, whatever is public there. */
    @Test
    void whatIsNoApiIsHidden() throws Exception {
        Path source = Files.createDirectories(folder.resolve("hidden"));
        Files.writeString(source.resolve("module-info.java"), "module hidden { requires io.chaosproxy; }");
        Files.writeString(source.resolve("A.java"), "package a; class A { io.chaosproxy.http.Http1Handler relay; }");
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        int code = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        out,
                        out,
                        "--module-path",
                        OURS + ":" + CONFIG,
                        "-d",
                        folder.resolve("nothing").toString(),
                        source.resolve("module-info.java").toString(),
                        source.resolve("A.java").toString());
        assertEquals(1, code);
        assertTrue(said.toString().contains("package io.chaosproxy.http is not visible"), said::toString);
    }

    private static String onClassPath(String main, String... arguments) throws Exception {
        return run(List.of("-cp", OURS + ":" + CONFIG + ":" + consumer, main), arguments);
    }

    private static String asModules(String... arguments) throws Exception {
        return run(
                List.of("--module-path", OURS + ":" + CONFIG + ":" + consumer, "-m", "consumer/example.Consumer"),
                arguments);
    }

    /** All that it prints, errors included. */
    private static String run(List<String> options, String... arguments) throws IOException, InterruptedException {
        List<String> command = Jvm.command(options);
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        } finally {
            process.destroyForcibly();
        }
        return said;
    }

    private static String jarOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
