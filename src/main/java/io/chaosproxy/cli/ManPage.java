package io.chaosproxy.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Manual page of one command, in the macros of groff_man(7), from the same description as its help. */
final class ManPage {
    private static final Set<String> EXAMPLES = Set.of("Example:", "Examples:");
    private static final String EXIT = "Exit codes: ";

    private final List<String> words; // chaos-proxy, ctl, add
    private final CommandSpec command;
    private final StringBuilder text = new StringBuilder();

    private ManPage(List<String> words, CommandSpec command) {
        this.words = words;
        this.command = command;
    }

    /** Pages by name of file, such as {@code chaos-proxy-ctl-add.1}. */
    static Map<String, String> all(CommandLine line, String version) {
        Map<String, String> pages = new TreeMap<>();
        CommandTree.visit(line, (behind, command) -> {
            List<String> words = new ArrayList<>(List.of(CompletionScript.NAME));
            words.addAll(behind);
            pages.put(String.join("-", words) + ".1", new ManPage(words, command).of(version));
        });
        return pages;
    }

    private String of(String version) {
        String name = String.join("-", words);
        text.append(".TH \"%s\" 1 \"\" \"%s\" \"Manual of chaos-proxy\"\n"
                .formatted(name.toUpperCase(Locale.ROOT), escaped("chaos-proxy " + version)));
        section("NAME");
        text.append(escaped(name))
                .append(" \\- ")
                .append(escaped(CommandTree.summary(command)))
                .append('\n');
        section("SYNOPSIS");
        synopsis();
        if (!CommandTree.positionals(command).isEmpty()) {
            section("ARGUMENTS");
            CommandTree.positionals(command)
                    .forEach(positional -> entry(italic(positional.paramLabel()), CommandTree.summary(positional)));
        }
        options();
        commands();
        footer();
        environment();
        seeAlso();
        return text.toString();
    }

    private void section(String title) {
        text.append(".SH ").append(title).append('\n');
    }

    private void entry(String term, String description) {
        text.append(".TP\n").append(term).append('\n').append(line(description)).append('\n');
    }

    private void synopsis() {
        List<String> parts = new ArrayList<>();
        parts.add(bold(String.join(" ", words)));
        CommandTree.options(command).stream()
                .filter(OptionSpec::required)
                .forEach(option -> parts.add(bold(option.longestName()) + "=" + italic(option.paramLabel())));
        parts.add("[" + italic("OPTION") + "...]");
        for (PositionalParamSpec positional : CommandTree.positionals(command)) {
            String several = positional.index().isVariable() ? "..." : "";
            String shown = italic(positional.paramLabel()) + several;
            parts.add(positional.required() ? shown : "[" + shown + "]");
        }
        if (!CommandTree.subcommands(command).isEmpty()) {
            parts.add(italic("COMMAND"));
        }
        text.append(String.join(" ", parts)).append('\n');
    }

    /** Those of a group under its heading, the others first. */
    private void options() {
        Set<OptionSpec> grouped = new LinkedHashSet<>();
        command.argGroups().forEach(group -> grouped.addAll(group.allOptionsNested()));
        section("OPTIONS");
        CommandTree.options(command).stream()
                .filter(option -> !grouped.contains(option))
                .forEach(this::option);
        for (ArgGroupSpec group : command.argGroups()) {
            String heading = group.heading() == null ? "" : group.heading().replace("%n", "");
            text.append(".SS \"")
                    .append(escaped(heading.replaceFirst(":$", "")))
                    .append("\"\n");
            group.allOptionsNested().stream().filter(option -> !option.hidden()).forEach(this::option);
        }
    }

    private void option(OptionSpec option) {
        String value = CommandTree.takesValue(option) ? italic(option.paramLabel()) : "";
        entry(
                Stream.of(option.names())
                        .map(name -> bold(name) + (value.isEmpty() ? "" : name.startsWith("--") ? "=" : " ") + value)
                        .collect(Collectors.joining(", ")),
                CommandTree.summary(option));
    }

    private void commands() {
        if (!CommandTree.subcommands(command).isEmpty()) {
            section("COMMANDS");
            CommandTree.subcommands(command)
                    .forEach(child -> entry(
                            "\\fB%s\\-%s\\fR(1)".formatted(escaped(String.join("-", words)), escaped(child.name())),
                            CommandTree.summary(child)));
        }
    }

    /** Examples are shown as they are, and what explains them as paragraphs. */
    private void footer() {
        List<String> examples = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        List<String> exit = new ArrayList<>();
        boolean isExit = false;
        for (String line : command.usageMessage().footer()) {
            isExit = line.startsWith(EXIT) || (isExit && !line.isEmpty());
            if (line.startsWith("  ")) {
                examples.add(line.strip());
            } else if (isExit) {
                exit.add(line.replaceFirst("^" + EXIT, ""));
            } else if (!EXAMPLES.contains(line)) {
                notes.add(line);
            }
        }
        if (!examples.isEmpty()) {
            section("EXAMPLES");
            text.append(".nf\n");
            examples.forEach(line -> text.append(line(line)).append('\n'));
            text.append(".fi\n");
        }
        paragraphs("NOTES", notes);
        paragraphs("EXIT STATUS", exit);
    }

    private void paragraphs(String title, List<String> lines) {
        String body = String.join("\n", lines).strip();
        if (!body.isEmpty()) {
            section(title);
            body.lines()
                    .forEach(line ->
                            text.append(line.isEmpty() ? ".PP" : line(line)).append('\n'));
        }
    }

    private void environment() {
        if (words.size() == 1) {
            section("ENVIRONMENT");
            entry(
                    bold("JAVA_HOME"),
                    "Home of the Java to run on, 21 or newer; else the one of the PATH, else the newest installed.");
            entry(bold("JAVA_OPTS") + ", " + bold("CHAOS_PROXY_OPTS"), "Options for Java.");
        } else if (words.get(1).equals("ctl")) {
            section("ENVIRONMENT");
            entry(bold("CHAOS_PROXY_URL"), "URL of the control plane, in place of --url.");
            entry(bold("CHAOS_PROXY_TOKEN"), "Token of the control plane, in place of --token.");
        }
    }

    private void seeAlso() {
        if (words.size() > 1) {
            section("SEE ALSO");
            text.append(".BR ")
                    .append(escaped(String.join("-", words.subList(0, words.size() - 1))))
                    .append(" (1)\n");
        }
    }

    private static String bold(String text) {
        return "\\fB" + escaped(text) + "\\fR";
    }

    private static String italic(String text) {
        return "\\fI" + escaped(text) + "\\fR";
    }

    /** A line that starts with none of roff's control characters. */
    private static String line(String text) {
        return (text.startsWith(".") || text.startsWith("'") ? "\\&" : "") + escaped(text);
    }

    /** Characters that roff would typeset as others, or take for escapes. */
    private static String escaped(String text) {
        return text.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("'", "\\(aq")
                .replace("`", "\\(ga")
                .replace("^", "\\(ha")
                .replace("~", "\\(ti")
                .replace("\"", "\\(dq");
    }
}
