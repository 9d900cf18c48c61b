package io.chaosproxy.bench.report;

import io.chaosproxy.bench.variant.Variant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Who took part.
 *
 * @param version empty if the machine doesn't have it
 * @param lines of code, without empty lines, comments and imports; 0 if there is nothing to write
 */
public record Participant(String name, Optional<String> version, long lines) {
    /** What a variant is. */
    public static Participant of(Variant variant) throws IOException {
        long lines = 0;
        for (Path source : variant.sources()) {
            lines += Files.readAllLines(source).stream()
                    .map(String::strip)
                    .filter(Participant::isCode)
                    .count();
        }
        return new Participant(variant.name(), variant.version(), lines);
    }

    private static boolean isCode(String line) {
        return !line.isEmpty()
                && !line.startsWith("/*")
                && !line.startsWith("*")
                && !line.startsWith("//")
                && !line.startsWith("#")
                && !line.startsWith("import ");
    }
}
