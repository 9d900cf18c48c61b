package io.chaosproxy.cli;

import io.chaosproxy.text.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Error messages for a command line that can't be parsed, with suggestions for misspelled words. */
final class Misuse {
    private static final Set<Class<?>> NUMBERS = Set.of(int.class, Integer.class, long.class, Long.class);

    private Misuse() {}

    /**
     * Lines for the terminal, of which each is an error.
     *
     * @param wrong as thrown by picocli or by a command
     * @param arguments of the whole command line
     */
    static List<String> lines(ParameterException wrong, String... arguments) {
        return switch (wrong) {
            case UnmatchedArgumentException unmatched -> unmatched(unmatched);
            case MissingParameterException missing -> missing(missing, arguments);
            default -> mistyped(wrong);
        };
    }

    /** A required option is missing also where it is misspelled, so what is unknown goes first. */
    private static List<String> missing(MissingParameterException missing, String... arguments) {
        CommandSpec command = missing.getCommandLine().getCommandSpec();
        List<CommandSpec> way = new ArrayList<>();
        for (CommandSpec each = command; each != null; each = each.parent()) {
            each.parser().collectErrors(true);
            way.addFirst(each);
        }
        command.root().commandLine().parseArgs(arguments);
        for (CommandSpec each : way) {
            for (Exception error : each.commandLine().getParseResult().errors()) {
                if (error instanceof UnmatchedArgumentException unmatched
                        && (each != command || !unknownOptions(unmatched).isEmpty())) {
                    return unmatched(unmatched);
                }
            }
        }
        return List.of(String.valueOf(missing.getMessage()));
    }

    /** Options behind an unknown command are those of that command. */
    private static List<String> unmatched(UnmatchedArgumentException wrong) {
        CommandSpec command = wrong.getCommandLine().getCommandSpec();
        List<String> words = wrong.getUnmatched();
        if (!command.subcommands().isEmpty() && !isOption(words.getFirst())) {
            return List.of("Unknown command: '" + words.getFirst() + "'" + hint(words.getFirst(), command));
        }
        List<String> unknown = unknownOptions(wrong);
        if (!unknown.isEmpty()) {
            return unknown;
        }
        String title = words.size() == 1 ? "Unexpected argument: '" : "Unexpected arguments: '";
        return List.of(title + String.join("', '", words) + "'");
    }

    /** A word may be right elsewhere: {@code list} is a command of {@code ctl}, {@code version} an option. */
    private static String hint(String word, CommandSpec command) {
        List<CommandSpec> commands = CommandTree.subcommands(command);
        Stream<String> deeper = commands.stream()
                .filter(child -> child.subcommands().containsKey(word))
                .map(child -> child.name() + " " + word);
        Stream<String> option = Stream.of("--" + word).filter(name -> command.findOption(name) != null);
        return Stream.concat(deeper, option)
                .findFirst()
                .map(meant -> "; did you mean " + meant + "?")
                .orElseGet(() -> Spelling.hint(
                        word, commands.stream().map(CommandSpec::name).toList()));
    }

    /** A line for each option; the words behind it may be its value. */
    private static List<String> unknownOptions(UnmatchedArgumentException wrong) {
        CommandSpec command = wrong.getCommandLine().getCommandSpec();
        List<String> known = CommandTree.options(command).stream()
                .map(OptionSpec::longestName)
                .filter(name -> name.startsWith("--"))
                .map(name -> name.substring(2))
                .toList();
        List<String> lines = new ArrayList<>();
        for (String word : wrong.getUnmatched()) {
            if (isOption(word)) {
                String name = word.split("=", 2)[0];
                String hint = name.startsWith("--")
                        ? Spelling.nearest(name.substring(2), known)
                                .map(meant -> "; did you mean --" + meant + "?")
                                .orElse("")
                        : "";
                lines.add("Unknown option: '" + name + "'" + hint);
            }
        }
        return lines;
    }

    /** A negative number is none. */
    private static boolean isOption(String word) {
        return word.length() > 1 && word.startsWith("-") && !Character.isDigit(word.charAt(1));
    }

    private static List<String> mistyped(ParameterException wrong) {
        ArgSpec argument = wrong.getArgSpec();
        String value = wrong.getValue();
        String expected = argument == null || value == null ? "" : expected(argument);
        if (expected.isEmpty()) {
            return List.of(String.valueOf(wrong.getMessage()));
        }
        String name = argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
        return List.of(name + ": must be " + expected + ", not \"" + value + "\""
                + Spelling.hint(value, CommandTree.candidates(argument)));
    }

    /** Values of an argument; empty if those of its type are none of a few. */
    private static String expected(ArgSpec argument) {
        List<String> words = CommandTree.candidates(argument);
        if (!words.isEmpty()) {
            return "one of " + String.join(", ", words);
        }
        if (argument.typeInfo().isMap()) {
            return argument.paramLabel();
        }
        return NUMBERS.contains(argument.type())
                ? "a whole number"
                : argument.typeInfo().isBoolean() ? "true or false" : "";
    }
}
