package io.chaosproxy.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Completion of the command line in fish: a call of {@code complete} for each command and option. */
final class FishCompletion {
    private static final String COMPLETE = "complete -c " + CompletionScript.NAME;

    /** Behind a value, which would be shown with the description of its option else. */
    private static final String NO_DESCRIPTION = "\\t";

    private FishCompletion() {}

    static String of(CommandLine line) {
        List<String> paths = new ArrayList<>();
        TreeSet<String> withValue = new TreeSet<>();
        StringBuilder script = new StringBuilder();
        CommandTree.visit(line, (words, command) -> {
            String path = String.join(" ", words);
            if (!words.isEmpty()) {
                paths.add(path);
            }
            CommandTree.options(command).stream()
                    .filter(CommandTree::takesValue)
                    .flatMap(option -> Stream.of(option.names()))
                    .forEach(withValue::add);
            script.append(command(path, words, command));
        });
        return functions(list(withValue), list(paths)) + keys() + values() + "\n" + COMPLETE + " -f\n" + script;
    }

    private static String list(Iterable<String> words) {
        List<String> quoted = new ArrayList<>();
        words.forEach(word -> quoted.add(quoted(word)));
        return String.join(" ", quoted);
    }

    private static String command(String path, List<String> words, CommandSpec command) {
        String at = COMPLETE + " -n " + quoted("__chaos_proxy_at " + quotedWords(path));
        StringBuilder lines = new StringBuilder();
        CommandTree.subcommands(command)
                .forEach(child -> lines.append(at)
                        .append(" -a ")
                        .append(child.name())
                        .append(" -d ")
                        .append(quoted(CommandTree.summary(child)))
                        .append('\n'));
        CommandTree.options(command)
                .forEach(option -> lines.append(at).append(option(option)).append('\n'));
        if (CompletionFields.takes(words)) {
            lines.append(at)
                    .append(" -a '(__chaos_proxy_fields ")
                    .append(CompletionFields.before(words))
                    .append(")'\n");
            return lines.toString();
        }
        CommandTree.positionals(command).forEach(positional -> {
            List<String> candidates = CommandTree.candidates(positional);
            if (!candidates.isEmpty()) {
                lines.append(at)
                        .append(" -a ")
                        .append(quoted(String.join(" ", candidates)))
                        .append('\n');
            } else if (CommandTree.isFile(positional)) {
                lines.append(at).append(" -F\n");
            }
        });
        return lines.toString();
    }

    private static String quotedWords(String path) {
        return "\"" + path + "\"";
    }

    private static String option(OptionSpec option) {
        String names = Stream.of(option.names())
                .map(name -> name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1))
                .collect(Collectors.joining());
        return names + value(option) + " -d " + quoted(CommandTree.summary(option));
    }

    private static String value(OptionSpec option) {
        if (!CommandTree.takesValue(option)) {
            return "";
        }
        List<String> candidates = CommandTree.candidates(option);
        return !candidates.isEmpty()
                ? " -x -a "
                        + quoted(candidates.stream()
                                .map(word -> word + NO_DESCRIPTION)
                                .collect(Collectors.joining(" ")))
                : CommandTree.isFile(option) ? " -r -F" : " -x";
    }

    private static String keys() {
        StringBuilder script = new StringBuilder("\nfunction __chaos_proxy_keys\n  switch \"$argv[1]\"\n");
        CompletionFields.keys()
                .forEach((type, keys) -> script.append("    case %s\n      printf '%%s\\n' %s\n%s"
                        .formatted(
                                quoted(type),
                                String.join(" ", keys),
                                type.equals(CompletionFields.PROXY) ? "      return\n" : "")));
        return script + "  end\n  printf '%s\\n' " + String.join(" ", CompletionFields.ofRule()) + "\nend\n";
    }

    private static String values() {
        StringBuilder script = new StringBuilder("\nfunction __chaos_proxy_values\n  switch \"$argv[1]\"\n");
        CompletionFields.values()
                .forEach(values -> script.append("    case %s\n      printf '%%s\\n' %s\n"
                        .formatted(quoted(values.type() + "." + values.key()), String.join(" ", values.words()))));
        return script + "  end\nend\n";
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    /** With the options that take a value, and the commands. */
    private static String functions(String withValue, String paths) {
        return """
            # Whether the commands of the line so far are these, such as "ctl add"; counts the words behind them.
            function __chaos_proxy_at
              set -l path ''
              set -g __chaos_proxy_given 0
              set -l is_value 0
              for word in (commandline -opc)[2..]
                if test $is_value = 1
                  set is_value 0
                else if contains -- $word %s
                  set is_value 1
                else
                  set -l longer (string trim -- "$path $word")
                  if contains -- $longer %s
                    set path $longer
                    set __chaos_proxy_given 0
                  else if not string match -q -- '-*' $word
                    set __chaos_proxy_given (math $__chaos_proxy_given + 1)
                  end
                end
              end
              test "$path" = "$argv[1]"
            end

            # Keys of a rule or proxy, and their values behind the equals sign.
            function __chaos_proxy_fields
              set -l type ''
              for word in (commandline -opc)
                switch $word
                  case '--listen*' '--upstream*'
                    set type proxy
                    break
                  case 'type=*'
                    set type (string replace 'type=' '' -- $word)
                end
              end
              set -l key (string match -r '^[^=]+=' -- (commandline -ct))
              if test -n "$key"
                for value in (__chaos_proxy_values "$type."(string trim -r -c = -- $key))
                  echo $key$value
                end
              else if test "$type" = proxy -o $__chaos_proxy_given -ge $argv[1]
                __chaos_proxy_keys "$type"
              end
            end
            """.formatted(withValue, paths);
    }
}
