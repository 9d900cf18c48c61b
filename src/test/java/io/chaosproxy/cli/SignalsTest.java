package io.chaosproxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.chaosproxy.Main;
import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Jvm;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigInteger;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process of its own, without Helidon, which only the demo needs; and signals sent to it. */
@DisabledOnOs(OS.WINDOWS)
class SignalsTest {
    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void endItInOrder(String signal) throws Exception {
        try (Origin origin = Origin.echo()) {
            Process process = start(origin, "--drain", "0");
            BufferedReader out = process.inputReader(UTF_8);
            InetSocketAddress address = listening(out.readLine());
            assertEquals("seed 7, repeat with --seed 7", out.readLine());
            try (Peer client = Peer.connect(address)) {
                assertEquals("hello", client.send("hello").read(5));

                send(signal, process);

                assertEquals(0, exitCode(process));
                assertEquals("", client.readText());
            }
            assertEquals("", out.readLine());
            assertTrue(out.readLine().startsWith("ended after 0:00:"));
            assertEquals("tcp  1 connection    5 B up  5 B down", out.readLine());
            assertEquals("hits: latency 1", out.readLine());
            assertEquals("seed 7, repeat with --seed 7", out.readLine());
            assertEquals("", process.errorReader(UTF_8).lines().collect(Collectors.joining("\n")));
            assertRefuses(address);
        }
    }

    @Test
    void aSecondCtrlCEndsItAtOnce() throws Exception {
        try (Origin origin = Origin.echo()) {
            Process process = start(origin, "--drain", "10m");
            InetSocketAddress address = listening(process.inputReader(UTF_8).readLine());
            try (Peer client = Peer.connect(address)) {
                client.send("hello").read(5);
                Thread chatter = Thread.startVirtualThread(() -> keepBusy(client));

                send("INT", process);
                assertFalse(process.waitFor(2, TimeUnit.SECONDS), "drains");
                send("INT", process);

                assertEquals(130, exitCode(process));
                chatter.join();
            }
        }
    }

    private Process start(Origin origin, String... options) throws IOException {
        List<String> command = Jvm.command(List.of("-cp", Jvm.classPathWithout("helidon"), Main.class.getName()));
        command.addAll(List.of("tcp", "--listen", "127.0.0.1:0", "--upstream", origin.address()));
        command.addAll(List.of("--latency", "1", "--latency-scope", "stream", "--seed", "7"));
        command.addAll(List.of(options));
        Process process = Child.builder(command).start();
        started.add(process);
        return process;
    }

    private static InetSocketAddress listening(String line) {
        assertNotNull(line);
        assertTrue(line.matches("tcp  tcp  127\\.0\\.0\\.1:\\d+ -> .*"), line);
        String port = line.substring(line.indexOf(':') + 1, line.indexOf(" ->"));
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
    }

    private static void send(String signal, Process process) throws IOException, InterruptedException {
        assumeFalse(ignores(process, signal), "started where " + signal + " is ignored, as in the background of sh");
        String pid = Long.toString(process.pid());
        assertEquals(0, new ProcessBuilder("kill", "-" + signal, pid).start().waitFor());
    }

    /** A process inherits which signals are ignored, and the JVM keeps to it. */
    private static boolean ignores(Process process, String signal) throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.exists(status)) {
            return false;
        }
        int number = switch (signal) {
            case "HUP" -> 1;
            case "INT" -> 2;
            default -> 15;
        };
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> new BigInteger(line.substring(7).strip(), 16).testBit(number - 1));
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
        return process.exitValue();
    }

    /** A tcp connection is waited for only while something moves on it. */
    private static void keepBusy(Peer client) {
        try {
            while (true) {
                client.send("more").read(4);
                Thread.sleep(50);
            }
        } catch (IOException | InterruptedException e) {
            // the process has ended
        }
    }

    private static void assertRefuses(InetSocketAddress address) {
        assertThrows(ConnectException.class, () -> Peer.connect(address));
    }
}
