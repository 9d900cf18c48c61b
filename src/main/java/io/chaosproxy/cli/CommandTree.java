package io.chaosproxy.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** What completion scripts and manual pages tell of the commands, as picocli has it. */
final class CommandTree {
    private CommandTree() {}

    /** Visits all commands that are not hidden, each with its words behind the program, such as {@code ctl add}. */
    static void visit(CommandLine line, BiConsumer<List<String>, CommandSpec> visitor) {
        visit(List.of(), line.getCommandSpec(), visitor);
    }

    private static void visit(List<String> words, CommandSpec command, BiConsumer<List<String>, CommandSpec> visitor) {
        visitor.accept(words, command);
        subcommands(command).forEach(child -> {
            List<String> longer = new ArrayList<>(words);
            longer.add(child.name());
            visit(longer, child, visitor);
        });
    }

    static List<CommandSpec> subcommands(CommandSpec command) {
        return command.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(child -> !child.usageMessage().hidden())
                .toList();
    }

    static List<OptionSpec> options(CommandSpec command) {
        return command.options().stream().filter(option -> !option.hidden()).toList();
    }

    static List<PositionalParamSpec> positionals(CommandSpec command) {
        return command.positionalParameters().stream()
                .filter(positional -> !positional.hidden())
                .toList();
    }

    static boolean takesValue(OptionSpec option) {
        return option.arity().max() > 0;
    }

    /** True if the value is the name of a file or folder. */
    static boolean isFile(ArgSpec argument) {
        return argument.paramLabel().equals("FILE") || argument.paramLabel().equals("FOLDER");
    }

    /** Words that the value may be; empty if it may be another. */
    static List<String> candidates(ArgSpec argument) {
        List<String> words = new ArrayList<>();
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(words::add);
        }
        return words;
    }

    /** First sentence of a command. */
    static String summary(CommandSpec command) {
        return text(command.usageMessage().description());
    }

    static String summary(ArgSpec argument) {
        return text(argument.description());
    }

    /** Lines as one text; picocli's help formats them, too. */
    private static String text(String... lines) {
        return Stream.of(lines)
                .map(line -> Help.Ansi.OFF.string(line.formatted()))
                .reduce((former, line) -> former + " " + line)
                .orElse("");
    }
}
