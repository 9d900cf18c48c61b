package io.chaosproxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import picocli.CommandLine.IVersionProvider;

/** Version of chaos-proxy and of the Java runtime. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        return new String[] {
            "chaos-proxy " + own(), "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name")
        };
    }

    /** Version from a filtered resource; a manifest exists only in the jar. */
    private static String own() throws IOException {
        try (InputStream version = requireNonNull(Version.class.getResourceAsStream("version.txt"), "version.txt")) {
            return new String(version.readAllBytes(), UTF_8).strip();
        }
    }
}
