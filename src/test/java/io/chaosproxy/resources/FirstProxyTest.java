package io.chaosproxy.resources;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Jvm;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the first proxy of a process, and its first connection, make the JDK load and set up. */
final class FirstProxyTest {
    /**
     * The flight recorder, which the first class of an event sets up; the JDK's providers of security, of which a random number is
     * enough; switches over types.
     */
    private static final List<String> COSTLY =
            List.of("jdk.jfr.internal.", "java.security.Provider", "java.lang.runtime.SwitchBootstraps");

    @TempDir
    private Path folder;

    /** Relays one message over a proxy. */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws Exception {
            try (Origin origin = Origin.echo();
                    ChaosProxy proxy = ChaosProxy.tcp("127.0.0.1", origin.port());
                    Peer client = Peer.connect(new InetSocketAddress("127.0.0.1", proxy.port()))) {
                System.out.println(client.send("hello").read(5));
            }
        }
    }

    @Test
    void setsUpNothingThatItDoesNotNeed() throws Exception {
        Path loaded = folder.resolve("classes");
        List<String> command = new ArrayList<>(Jvm.command(List.of("-Xlog:class+load:file=" + loaded)));
        command.addAll(List.of("-cp", Jvm.ownClasses(), Main.class.getName()));
        Process process = Child.builder(command).redirectErrorStream(true).start();
        assertEquals("hello\n", new String(process.getInputStream().readAllBytes(), UTF_8));
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        List<String> classes;
        try (Stream<String> lines = Files.lines(loaded)) {
            classes =
                    lines.map(line -> line.substring(line.lastIndexOf(']') + 2)).toList();
        }
        assertTrue(classes.stream().anyMatch(name -> name.startsWith(ChaosProxy.class.getName())), "the log is read");
        assertEquals(
                List.of(),
                classes.stream()
                        .filter(name -> COSTLY.stream().anyMatch(name::startsWith))
                        .toList());
    }
}
