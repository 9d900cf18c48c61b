package io.chaosproxy.kit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A run of a program that is a client.
 *
 * @param exit its exit code
 * @param output of both kinds
 */
public record ClientProgram(int exit, String output) {
    /** Skips the test if the program is not installed, and fails it where all programs are installed: in continuous integration. */
    public static void assumePresent(String program) {
        boolean present = Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        if (!present) {
            assertFalse(
                    "true".equals(System.getenv("CI")),
                    "there is no " + program + ", which .ci/run should have installed");
            abort("there is no " + program);
        }
    }

    /**
     * Runs it to its end.
     *
     * @param environment variables besides those of this process
     */
    public static ClientProgram run(Path folder, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "output", ".txt");
        ProcessBuilder builder = Child.builder(List.of(command))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment()
                .keySet()
                .removeIf(name -> name.toLowerCase(java.util.Locale.ROOT).endsWith("_proxy"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
                throw new AssertionError("still running: " + Files.readString(output, UTF_8));
            }
        } finally {
            process.destroyForcibly();
        }
        return new ClientProgram(process.exitValue(), new String(Files.readAllBytes(output), UTF_8));
    }
}
