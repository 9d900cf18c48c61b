package io.chaosproxy.resources;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Jvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that find fewer descriptors than Java needs for its own files say so in a line, at whatever moment they run out. */
final class FewFilesTest {
    private static final String FILE =
            "chaos-proxy.proxies.a { protocol = tcp, listen = \"127.0.0.1:0\", upstream = \"127.0.0.1:1\" }";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(ints = {20, 40, 60, 66, 80, 100, 140, 180, 220, 260})
    void areToldInALine(int limit) throws Exception {
        Path file = Files.writeString(folder.resolve("a.conf"), FILE);
        List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n " + limit + "; exec \"$@\"", "sh"));
        command.addAll(Jvm.command(List.of()));
        command.addAll(List.of("-cp", Jvm.ownClasses(), "io.chaosproxy.Main", "check", file.toString()));
        Process process = Child.builder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertTrue(said.lines().noneMatch(line -> line.startsWith("\tat ")), said);
    }
}
