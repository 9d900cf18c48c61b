package io.chaosproxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.Main;
import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Jvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program in a child process, one of whose threads asks for more memory than the heap has. */
@Timeout(300) // for a program that goes on
final class HeapExhaustedTest {
    @TempDir
    private Path folder;

    /** The child: the program, and beside it the thread, which waits for a file. */
    static final class Greedy {
        private Greedy() {}

        public static void main(String[] args) {
            Path sign = Path.of(args[0]);
            Runnable task = () -> allocate(sign);
            if (args[1].equals("virtual")) {
                Thread.ofVirtual().start(task);
            } else {
                Thread.ofPlatform().start(task);
            }
            Main.main(new String[] {"run", args[2]});
        }

        private static void allocate(Path sign) {
            try {
                while (!Files.exists(sign)) {
                    Thread.sleep(10);
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            byte[] more = new byte[1 << 30];
            throw new AssertionError("got " + more.length);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"virtual", "platform"})
    void theProgramEndsWithOneLine(String thread) throws Exception {
        assertEquals(
                List.of("chaos-proxy: out of memory, ends; a larger heap: JAVA_OPTS=-Xmx512m"),
                saidAtTheEnd(thread, List.of()));
    }

    /** Where the JVM itself sees to it, whatever catches the error. */
    @Test
    void theProgramOfTheLauncherEndsWithOneLine() throws Exception {
        List<String> said = saidAtTheEnd("virtual", List.of("@src/main/launcher/jvm.options"));
        assertEquals(1, said.size(), said::toString);
        assertTrue(said.get(0).contains("java.lang.OutOfMemoryError"), said::toString);
    }

    private List<String> saidAtTheEnd(String thread, List<String> options) throws IOException, InterruptedException {
        Path file = Files.writeString(
                folder.resolve("chaos-proxy.conf"), "chaos-proxy { seed = 1, control.listen = \"127.0.0.1:0\" }");
        Path sign = folder.resolve("now");
        List<String> command = Jvm.withClassPath(options);
        command.addAll(List.of("-Xmx64m", Greedy.class.getName(), sign.toString(), thread, file.toString()));
        Process process = Child.builder(command).redirectErrorStream(true).start();
        try {
            BufferedReader said = process.inputReader(UTF_8);
            String line = said.readLine();
            while (line != null && !line.startsWith("control ")) { // the last that it says at its start
                line = said.readLine();
            }
            Files.createFile(sign);
            List<String> last = said.lines().toList();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(HeapExhausted.EXIT_CODE, process.exitValue(), last::toString);
            return last;
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
