package io.chaosproxy.cli;

import io.chaosproxy.config.FaultReference;
import io.chaosproxy.config.FaultReference.FaultField;
import io.chaosproxy.config.FaultReference.FaultType;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Bash completion of the command line: commands and options by picocli, fields of rules from the reference of the faults. */
final class CompletionScript {
    private static final String NAME = "chaos-proxy";

    private CompletionScript() {}

    static String of(CommandLine line) {
        return AutoComplete.bash(NAME, line) + keys() + values() + FUNCTION;
    }

    private static String keys() {
        StringBuilder script = new StringBuilder("""

            # Keys of a rule of this type.
            _chaos_proxy_keys() {
              case "$1" in
            """);
        for (FaultType type : FaultReference.types()) {
            Set<String> keys = new LinkedHashSet<>();
            type.fields().forEach(field -> keys.add(field.key() + "="));
            script.append(branch(type.name(), keys));
        }
        script.append(branch("\"\"", List.of("type=")));
        String ofRule = FaultReference.ruleFields().stream()
                .map(field -> field.key() + "=")
                .collect(Collectors.joining(" "));
        return script + "  esac\n  echo \"" + ofRule + "\"\n}\n";
    }

    private static String values() {
        StringBuilder script = new StringBuilder("""

            # Words that a key can have, after the type and a dot.
            _chaos_proxy_values() {
              case "$1" in
            """);
        script.append(branch(
                "*.type", FaultReference.types().stream().map(FaultType::name).toList()));
        FaultReference.types().forEach(type -> words(script, type.name(), type.fields()));
        words(script, "*", FaultReference.ruleFields());
        return script + "  esac\n}\n";
    }

    private static String branch(String pattern, Collection<String> words) {
        return "    " + pattern + ") echo \"" + String.join(" ", words) + "\" ;;\n";
    }

    private static void words(StringBuilder script, String type, List<FaultField> fields) {
        fields.stream()
                .filter(field -> !field.words().isEmpty())
                .forEach(field -> script.append(branch(type + "." + field.key(), field.words())));
    }

    /** A value is replaced behind the equals sign where that separates words, which is usual. */
    private static final String FUNCTION = """

        # Fields of rules after ctl add PROXY RULE and ctl replace RULE; picocli's function completes everything else.
        _complete_chaos_proxy_rule() {
          local line="${COMP_LINE:0:COMP_POINT}" type="" word
          word="${line##*[[:space:]]}"
          if [[ "$word" != -* && "$line" =~ [[:space:]]ctl[[:space:]]+(add[[:space:]]+[^[:space:]]+|replace)[[:space:]]+[^[:space:]]+[[:space:]] ]]; then
            if [[ "$line" =~ [[:space:]]type=([a-z-]+)[[:space:]] ]]; then
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
