package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The Java that the README shows is code that the build compiles and runs. */
@Tag("fast")
final class ReadmeTest {
    private static final Path EXAMPLE =
            Path.of("src", "it", "consumer", "src", "test", "java", "shop", "ShopTest.java");
    private static final Path HELIDON =
            Path.of("src", "test", "java", "io", "chaosproxy", "helidon", "ExampleService.java");

    private static final Pattern SHOWN = Pattern.compile("(?s)```java\n(.*?)\n```");
    private static final Pattern SNIPPET = Pattern.compile("(?s)// snippet: \\w+\n(.*?)\n *// end");

    @Test
    void javaComesFromTheExample() throws IOException {
        List<String> snippets = new ArrayList<>(found(SNIPPET, EXAMPLE));
        assertTrue(snippets.size() >= 4, snippets::toString);
        snippets.addAll(found(SNIPPET, HELIDON));
        assertEquals(snippets, found(SHOWN, Path.of("README.md")));
    }

    private static List<String> found(Pattern pattern, Path file) throws IOException {
        return pattern.matcher(Files.readString(file))
                .results()
                .map((MatchResult result) -> result.group(1).stripIndent())
                .toList();
    }
}
