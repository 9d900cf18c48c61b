package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/** Help of every command: it fits a terminal of 80 columns, and its examples can be copied. */
@Tag("fast")
final class HelpTest {
    private static final int COLUMNS = 80;
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");

    @Test
    void everyLineFits() {
        List<String> wide = new ArrayList<>();
        CommandTree.visit(
                AllCommands.line(),
                (words, command) -> usage(command)
                        .lines()
                        .filter(line -> line.length() > COLUMNS)
                        .forEach(line -> wide.add(String.join(" ", words) + ": " + line)));
        assertEquals(List.of(), wide);
    }

    /** Picocli takes a name in braces for a variable. */
    @Test
    void nothingIsMissing() {
        CommandTree.visit(
                AllCommands.line(),
                (words, command) -> assertFalse(usage(command).contains("null"), () -> String.join(" ", words)));
    }

    /** Picocli breaks lines within long words such as {@code tls://host:port}, and lines of a footer that are too long. */
    @Test
    void noWordIsBroken() {
        List<String> broken = new ArrayList<>();
        CommandTree.visit(AllCommands.line(), (words, command) -> {
            Set<String> shown = new HashSet<>(List.of(usage(command).split("\\s+")));
            List<ArgSpec> arguments = new ArrayList<>(CommandTree.options(command));
            arguments.addAll(CommandTree.positionals(command));
            arguments.stream()
                    .flatMap(argument -> Stream.of(CommandTree.summary(argument).split(" ")))
                    .filter(word -> !shown.contains(word))
                    .forEach(word -> broken.add(String.join(" ", words) + ": " + word));
            Stream.of(command.usageMessage().footer())
                    .filter(line -> line.length() > COLUMNS)
                    .forEach(line -> broken.add(String.join(" ", words) + ": " + line));
        });
        assertEquals(List.of(), broken);
    }

    private static String usage(CommandSpec command) {
        return command.commandLine().setUsageHelpAutoWidth(false).getUsageMessage(CommandLine.Help.Ansi.OFF);
    }

    @Test
    void everyExampleIsUnderstood() {
        List<String> examples = new ArrayList<>();
        CommandTree.visit(
                AllCommands.line(),
                (words, command) -> String.join("\n", command.usageMessage().footer())
                        .replaceAll("\\\\\n +", "") // an example of two lines
                        .lines()
                        .map(String::strip)
                        .filter(line -> line.startsWith("chaos-proxy "))
                        .filter(line -> !line.startsWith("chaos-proxy ctl faults lists")) // a sentence
                        .forEach(examples::add));
        assertTrue(examples.size() > 40, examples::toString);
        examples.forEach(HelpTest::parses);
    }

    private static void parses(String example) {
        List<String> words = new ArrayList<>();
        for (Matcher word = WORD.matcher(example.replaceFirst(" [>|].*", "")); word.find(); ) {
            words.add(word.group(1) != null ? word.group(1) : word.group(2) != null ? word.group(2) : word.group(3));
        }
        AllCommands.line().parseArgs(words.subList(1, words.size()).toArray(String[]::new));
    }

    /** What people elsewhere call jitter varies a delay. */
    @Test
    void jitterIsAnOutageWhereverItIsDescribed() {
        CommandTree.visit(
                AllCommands.line(),
                (words, command) -> CommandTree.options(command).stream()
                        .filter(option -> option.longestName().equals("--jitter-prob"))
                        .forEach(
                                option -> assertTrue(CommandTree.summary(option).contains("outage"), words::toString)));
    }
}
