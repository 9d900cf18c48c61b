package io.chaosproxy.neverhangs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.Main;
import io.chaosproxy.kit.Jvm;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import java.io.BufferedReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output and logs of the program go to a pipe that nothing reads, and an access log is such a pipe as well. */
final class UnreadOutputTest {
    /** Two lines each, which is far more than a pipe and the queue before it can hold. */
    private static final int CONNECTIONS = 3_000;

    @Test
    void blocksNeitherTrafficNorControlNorTheEnd(@TempDir Path folder) throws Exception {
        Path fifo = folder.resolve("access.fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        try (Origin origin = Origin.echo()) {
            Path file = Files.writeString(
                    folder.resolve("chaos-proxy.conf"),
                    "chaos-proxy { seed = 1, control { listen = \"127.0.0.1:0\", access-log = \"" + fifo
                            + "\", journal = \"" + fifo + "\" }, proxies { "
                            + "a { protocol = tcp, listen = \"127.0.0.1:0\", log = connections, upstream = \""
                            + origin.address() + "\" } } }");
            List<String> command = Jvm.withClassPath(List.of());
            command.addAll(List.of(Main.class.getName(), "run", file.toString()));
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try {
                BufferedReader said = process.inputReader(UTF_8);
                URI proxy = address(said, "a ");
                URI control = address(said, "control ");
                for (int i = 0; i < CONNECTIONS; i++) {
                    try (Peer client = Peer.connect(new InetSocketAddress(proxy.getHost(), proxy.getPort()))) {
                        assertEquals("x", client.send("x").read(1));
                    }
                }
                try (Calls calls = new Calls(URI.create("http://" + control.getAuthority()))) {
                    calls.call("GET", "/api/v1/proxies", "");
                }
                process.destroy();
                assertTrue(process.waitFor(60, TimeUnit.SECONDS), "SIGTERM is ignored");
                assertEquals(0, process.exitValue());
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
    }

    private static URI address(BufferedReader said, String beginning) throws Exception {
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.startsWith(beginning)) {
                return URI.create("tcp://" + line.replaceAll(".*?(127\\.0\\.0\\.1:\\d+).*", "$1"));
            }
        }
        throw new AssertionError("ended");
    }
}
