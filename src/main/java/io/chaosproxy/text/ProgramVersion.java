package io.chaosproxy.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Version of the program, from a resource that the build fills in; a manifest exists only in the jar. */
public final class ProgramVersion {
    /** As in {@code 0.1.0}. */
    public static final String TEXT = read();

    private ProgramVersion() {}

    private static String read() {
        try (InputStream file = ProgramVersion.class.getResourceAsStream("/io/chaosproxy/cli/version.txt")) {
            return file == null ? "unknown" : new String(file.readAllBytes(), UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
