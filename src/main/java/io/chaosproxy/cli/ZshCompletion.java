package io.chaosproxy.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Completion of the command line in zsh: a function for each command, made of calls of {@code _arguments}. */
final class ZshCompletion {
    private ZshCompletion() {}

    static String of(CommandLine line) {
        StringBuilder script = new StringBuilder("#compdef " + CompletionScript.NAME + "\n");
        CommandTree.visit(line, (words, command) -> script.append(function(words, command)));
        return script + CompletionScript.functions() + FUNCTION;
    }

    private static String function(List<String> words, CommandSpec command) {
        List<String> lines = new ArrayList<>();
        CommandTree.options(command).forEach(option -> lines.add(option(option)));
        List<CommandSpec> children = CommandTree.subcommands(command);
        if (children.isEmpty()) {
            positionals(words, command, lines);
            return name(words) + "() {\n" + arguments("_arguments -s -S", lines) + "}\n\n";
        }
        lines.add("'1: :->command'");
        lines.add("'*:: :->arguments'");
        return name(words) + "() {\n  local curcontext=\"$curcontext\" state line\n  typeset -A opt_args\n"
                + arguments("_arguments -C -s -S", lines) + choice(words, children) + "}\n\n";
    }

    private static String name(List<String> words) {
        return words.stream().map(word -> "_" + word).collect(Collectors.joining("", "_chaos-proxy", ""));
    }

    private static String arguments(String call, List<String> lines) {
        return lines.stream().collect(Collectors.joining(" \\\n    ", "  " + call + " \\\n    ", "\n"));
    }

    private static String choice(List<String> words, List<CommandSpec> children) {
        StringBuilder text = new StringBuilder("  case $state in\n    command)\n      local -a commands=(\n");
        for (CommandSpec child : children) {
            String entry = child.name() + ":" + CommandTree.summary(child);
            text.append("        ").append(quoted(entry)).append('\n');
        }
        text.append("      )\n      _describe command commands ;;\n    arguments)\n      case $words[1] in\n");
        for (CommandSpec child : children) {
            List<String> longer = new ArrayList<>(words);
            longer.add(child.name());
            text.append("        %s) %s ;;\n".formatted(child.name(), name(longer)));
        }
        return text + "      esac ;;\n  esac\n";
    }

    private static String option(OptionSpec option) {
        boolean takesValue = CommandTree.takesValue(option);
        String summary = "[" + CommandTree.summary(option).replace("[", "\\[").replace("]", "\\]") + "]";
        String value = takesValue ? value(option) : "";
        List<String> names = List.of(option.names());
        List<String> spellings = names.stream()
                .map(name -> name + (!takesValue ? "" : name.startsWith("--") ? "=" : "+"))
                .toList();
        String several = option.isMultiValue() ? "*" : "";
        if (names.size() == 1) {
            return quoted(several + spellings.getFirst() + summary + value);
        }
        String excluded = several.isEmpty() ? "(" + String.join(" ", names) + ")" : several;
        return quoted(excluded) + "{" + String.join(",", spellings) + "}" + quoted(summary + value);
    }

    private static String value(ArgSpec argument) {
        return ":" + argument.paramLabel().replace(":", "\\:") + ":" + action(argument);
    }

    private static String action(ArgSpec argument) {
        List<String> candidates = CommandTree.candidates(argument);
        return !candidates.isEmpty()
                ? "(" + String.join(" ", candidates) + ")"
                : CommandTree.isFile(argument) ? "_files" : "";
    }

    private static void positionals(List<String> words, CommandSpec command, List<String> lines) {
        if (CompletionFields.takes(words)) {
            lines.add("'*:field: _chaos-proxy-fields " + (CompletionFields.before(words) + 1) + "'");
            return;
        }
        for (PositionalParamSpec positional : CommandTree.positionals(command)) {
            boolean isRest = positional.index().isVariable();
            lines.add(quoted((isRest ? "*" : positional.index().min() + 1) + value(positional)));
        }
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    private static final String FUNCTION = """

        # Keys of a rule or proxy, and their values behind the equals sign.
        _chaos-proxy-fields() {
          local word type=''
          for word in $words; do
            case $word in
              --listen*|--upstream*) type=proxy; break ;;
              type=*) type=${word#type=} ;;
            esac
          done
          if compset -P 1 '*='; then
            compadd -- ${=$(_chaos_proxy_values "$type.${IPREFIX%=}")}
          elif [[ $type == proxy ]] || (( CURRENT > $1 )); then
            compadd -S '' -- ${=$(_chaos_proxy_keys "$type")}
          fi
        }

        if [[ $funcstack[1] == _chaos-proxy ]]; then
          _chaos-proxy "$@"
        else
          compdef _chaos-proxy chaos-proxy
        fi
        """;
}
