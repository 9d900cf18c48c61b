package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ConfigReference.FaultType;
import io.chaosproxy.fault.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each fault has a page in the documentation, whose examples are read as the configuration that they are. */
@Tag("fast")
final class FaultPagesTest {
    private static final Path FOLDER = Path.of("src", "docs", "faults");
    private static final Pattern EXAMPLES = Pattern.compile("(?s)## Examples\n\n```hocon\nfaults \\{\n(.*?)\n}\n```");
    private static final Pattern EXAMPLE = Pattern.compile("(?m)^ {2}([\\w-]+) (\\{.*})$");

    @Test
    void eachFaultHasItsPage() throws IOException {
        Set<String> pages;
        try (Stream<Path> files = Files.list(FOLDER)) {
            pages = files.map(file -> file.getFileName().toString().replace(".md", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
        assertEquals(
                ConfigReference.types().stream().map(FaultType::name).collect(Collectors.toCollection(TreeSet::new)),
                pages);
    }

    @Test
    void eachPageBeginsWithTheSentenceOfTheTableAndADiagram() throws IOException {
        for (FaultType type : ConfigReference.types()) {
            String summary = type.summary();
            String begin = "# %s\n\n%s.\n\n```timing\n"
                    .formatted(type.name(), summary.substring(0, 1).toUpperCase(Locale.ROOT) + summary.substring(1));
            String page = page(type);
            assertEquals(begin, page.substring(0, Math.min(page.length(), begin.length())), type.name());
            assertTrue(page.contains("\n## What the client sees\n"), type.name());
        }
    }

    @Test
    void examplesAreRulesOfTheFault() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (FaultType type : ConfigReference.types()) {
            Matcher block = EXAMPLES.matcher(page(type));
            assertTrue(block.find(), type.name() + " has no examples");
            List<MatchResult> examples =
                    EXAMPLE.matcher(block.group(1)).results().toList();
            assertEquals(block.group(1).lines().count(), examples.size(), block.group(1));
            for (MatchResult example : examples) {
                Rule rule = Texts.rule(example.group(2));
                if (!rule.fault().type().equals(type.name())) {
                    wrong.add(type.name() + ": " + example.group());
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    private static String page(FaultType type) throws IOException {
        return Files.readString(FOLDER.resolve(type.name() + ".md"));
    }
}
