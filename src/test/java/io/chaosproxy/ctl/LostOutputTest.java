package io.chaosproxy.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Jvm;
import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands whose output can't be written, as on a full disk or into a closed pipe. */
final class LostOutputTest {
    private static final String PROXY = "a { protocol = tcp, listen = \"127.0.0.1:0\", upstream = \"127.0.0.1:1\" }";

    @TempDir
    private Path folder;

    private ProcessBuilder command(CtlRig rig, String words) throws Exception {
        List<String> command = new ArrayList<>(Jvm.command(List.of("io.chaosproxy.Main")));
        command.addAll(List.of(words.split(" ")));
        ProcessBuilder builder = Child.builder(command);
        builder.environment().put("CHAOS_PROXY_URL", rig.url());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return builder.redirectError(folder.resolve("errors").toFile());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ctl list", "ctl config", "completion bash", "--version", "ctl --help"})
    void aFullDiskIsAnError(String words) throws Exception {
        try (CtlRig rig = new CtlRig(folder, PROXY)) {
            Process process =
                    command(rig, words).redirectOutput(new File("/dev/full")).start();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals("the output can't be written\n", Files.readString(folder.resolve("errors")));
            assertEquals(1, process.exitValue());
        }
    }

    @Test
    void aPipeThatIsClosedEndsWhatFollows() throws Exception {
        try (CtlRig rig = new CtlRig(folder, PROXY)) {
            Process process = command(rig, "ctl watch").start();
            try (BufferedReader reader = process.inputReader()) {
                assertNotNull(reader.readLine());
            }
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals("the output can't be written\n", Files.readString(folder.resolve("errors")));
            assertEquals(1, process.exitValue());
        }
    }
}
