package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The Java that README and documentation show is code that the build compiles and runs. */
@Tag("fast")
final class ReadmeTest {
    private static final Path FIRST = Path.of("src", "it", "first");
    private static final Path FIRST_TEST = FIRST.resolve(Path.of("src", "test", "java", "shop", "ShopClientTest.java"));
    private static final Path EXAMPLE =
            Path.of("src", "it", "consumer", "src", "test", "java", "shop", "ShopTest.java");
    private static final Path HELIDON =
            Path.of("src", "test", "java", "io", "chaosproxy", "helidon", "ExampleService.java");
    private static final Path README = Path.of("README.md");
    private static final Path EMBEDDING = Path.of("src", "docs", "embedding.md");

    private static final Pattern SHOWN = Pattern.compile("(?s)```java\n(.*?)\n```");
    private static final Pattern XML = Pattern.compile("(?s)```xml\n(.*?)\n```");
    private static final Pattern SNIPPET = Pattern.compile("(?s)// snippet: \\w+\n(.*?)\n *// end");
    private static final Pattern IMPORTS = Pattern.compile("(?m)\\A(import [^\n]*\n+|\n)+");

    @Test
    void readmeHasTheClassOfTheFirstProject() throws IOException {
        String shown = found(SNIPPET, FIRST_TEST).getFirst();
        Matcher imports = IMPORTS.matcher(shown);
        assertTrue(imports.find(), shown);

        assertEquals(List.of(shown.substring(imports.end())), found(SHOWN, README));
    }

    @Test
    void javaOfEmbeddingComesFromTheExamples() throws IOException {
        List<String> snippets = Stream.of(FIRST_TEST, EXAMPLE)
                .flatMap(file -> found(SNIPPET, file).stream())
                .toList();
        assertTrue(snippets.size() >= 6, snippets::toString);

        assertEquals(snippets, found(SHOWN, EMBEDDING));
    }

    @Test
    void javaOfHelidonComesFromTheExample() {
        assertEquals(found(SNIPPET, HELIDON), found(SHOWN, Path.of("src", "docs", "helidon.md")));
    }

    /** With the versions of the build in the place of the properties. */
    @Test
    void pomsAreThoseOfTheFirstProject() throws IOException {
        String pom = filled(Files.readString(FIRST.resolve("pom.xml"))).strip();
        Matcher dependency =
                Pattern.compile("(?s) *<dependency>.*?</dependency>").matcher(pom);
        assertTrue(dependency.find());
        String shown = dependency.group().stripIndent();

        assertEquals(List.of(shown), found(XML, README));
        assertEquals(List.of(shown, pom), found(XML, EMBEDDING));
    }

    @Test
    void readmeIsShort() throws IOException {
        int lines = Files.readAllLines(README).size();
        assertTrue(lines <= 200, () -> "README.md has " + lines + " lines; move details to src/docs");
    }

    private static String filled(String template) throws IOException {
        String build = Files.readString(Path.of("pom.xml"));
        return Pattern.compile("@([\\w.-]+)@")
                .matcher(template)
                .replaceAll(property -> Matcher.quoteReplacement(
                        property.group(1).equals("project.version")
                                ? first(build, "<artifactId>chaos-proxy</artifactId>\\s*<version>([^<]*)<")
                                : first(build, "<" + Pattern.quote(property.group(1)) + ">([^<]*)<")));
    }

    private static String first(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertTrue(matcher.find(), pattern);
        return matcher.group(1);
    }

    private static List<String> found(Pattern pattern, Path file) {
        try {
            return pattern.matcher(Files.readString(file))
                    .results()
                    .map((MatchResult result) -> result.group(1).stripIndent())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
