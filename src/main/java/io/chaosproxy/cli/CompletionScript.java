package io.chaosproxy.cli;

import java.util.Collection;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Completion of the command line in bash: commands and options by picocli, fields of rules from {@link CompletionFields}. */
final class CompletionScript {
    static final String NAME = "chaos-proxy";

    private CompletionScript() {}

    static String of(CommandLine line) {
        return AutoComplete.bash(NAME, line) + functions() + FUNCTION;
    }

    /** Keys and values as functions that zsh understands, too. */
    static String functions() {
        return keys() + values();
    }

    private static String keys() {
        StringBuilder script = new StringBuilder("""

            # Keys of a rule of this type, or of a proxy.
            _chaos_proxy_keys() {
              case "$1" in
            """);
        CompletionFields.keys()
                .forEach((type, keys) -> script.append(
                        type.equals(CompletionFields.PROXY)
                                ? branch(type, keys).replace(" ;;", "; return ;;")
                                : branch(type.isEmpty() ? "\"\"" : type, keys)));
        return script + "  esac\n  echo \"" + String.join(" ", CompletionFields.ofRule()) + "\"\n}\n";
    }

    private static String values() {
        StringBuilder script = new StringBuilder("""

            # Words that a key can have, after the type and a dot.
            _chaos_proxy_values() {
              case "$1" in
            """);
        CompletionFields.values()
                .forEach(values -> script.append(branch(values.type() + "." + values.key(), values.words())));
        return script + "  esac\n}\n";
    }

    private static String branch(String pattern, Collection<String> words) {
        return "    " + pattern + ") echo \"" + String.join(" ", words) + "\" ;;\n";
    }

    /** A value is replaced behind the equals sign where that separates words, which is usual. */
    private static final String FUNCTION = """

        # Fields after ctl add PROXY RULE, ctl replace RULE and ctl add PROXY --listen A --upstream B; picocli's function completes everything else.
        _complete_chaos_proxy_rule() {
          local line="${COMP_LINE:0:COMP_POINT}" type="" word
          word="${line##*[[:space:]]}"
          if [[ "$word" != -* && ! "$line" =~ [[:space:]]--[a-z]+[[:space:]]+[^[:space:]]*$ && "$line" =~ [[:space:]]ctl[[:space:]]+(add[[:space:]]+[^[:space:]]+|replace)[[:space:]]+[^[:space:]]+[[:space:]] ]]; then
            if [[ "$line" == *" --listen"* || "$line" == *" --upstream"* ]]; then
              type=proxy
            elif [[ "$line" =~ [[:space:]]type=([a-z-]+)[[:space:]] ]]; then
              type="${BASH_REMATCH[1]}"
            fi
            if [[ "$word" == *=* ]]; then
              COMPREPLY=($(compgen -W "$(_chaos_proxy_values "$type.${word%%=*}")" -- "${word#*=}"))
              if [[ "$COMP_WORDBREAKS" != *=* ]]; then
                COMPREPLY=("${COMPREPLY[@]/#/${word%%=*}=}")
              fi
            else
              COMPREPLY=($(compgen -W "$(_chaos_proxy_keys "$type")" -- "$word"))
              compopt -o nospace 2>/dev/null
            fi
            return 0
          fi
          _complete_chaos-proxy "$@"
        }
        complete -F _complete_chaos_proxy_rule -o default chaos-proxy
        """;
}
