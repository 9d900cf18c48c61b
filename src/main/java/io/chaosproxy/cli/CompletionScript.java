package io.chaosproxy.cli;

import io.chaosproxy.config.ConfigReference;
import io.chaosproxy.config.ConfigReference.ConfigField;
import io.chaosproxy.config.ConfigReference.FaultType;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Bash completion of the command line: commands and options by picocli, fields of rules from the reference of the faults. */
final class CompletionScript {
    private static final String NAME = "chaos-proxy";

    /** In the place of a type, for the keys of a proxy. */
    private static final String PROXY = "proxy";

    private CompletionScript() {}

    static String of(CommandLine line) {
        return AutoComplete.bash(NAME, line) + keys() + values() + FUNCTION;
    }

    private static String keys() {
        StringBuilder script = new StringBuilder("""

            # Keys of a rule of this type, or of a proxy.
            _chaos_proxy_keys() {
              case "$1" in
            """);
        script.append(branch(PROXY, keys(fieldsOfProxy())).replace(" ;;", "; return ;;"));
        for (FaultType type : ConfigReference.types()) {
            script.append(branch(type.name(), keys(type.fields())));
        }
        script.append(branch("\"\"", List.of("type=")));
        String ofRule = String.join(" ", keys(ConfigReference.ruleFields()));
        return script + "  esac\n  echo \"" + ofRule + "\"\n}\n";
    }

    private static Set<String> keys(List<ConfigField> fields) {
        return fields.stream().map(field -> field.key() + "=").collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static List<ConfigField> fieldsOfProxy() {
        return Stream.of(ConfigReference.shortForm(), ConfigReference.options(), ConfigReference.tls())
                .flatMap(List::stream)
                .filter(field -> !field.key().contains(".NAME."))
                .toList();
    }

    private static String values() {
        StringBuilder script = new StringBuilder("""

            # Words that a key can have, after the type and a dot.
            _chaos_proxy_values() {
              case "$1" in
            """);
        script.append(branch(
                "*.type", ConfigReference.types().stream().map(FaultType::name).toList()));
        ConfigReference.types().forEach(type -> words(script, type.name(), type.fields()));
        words(script, PROXY, fieldsOfProxy());
        words(script, "*", ConfigReference.ruleFields());
        return script + "  esac\n}\n";
    }

    private static String branch(String pattern, Collection<String> words) {
        return "    " + pattern + ") echo \"" + String.join(" ", words) + "\" ;;\n";
    }

    private static void words(StringBuilder script, String type, List<ConfigField> fields) {
        fields.stream()
                .filter(field -> !field.words().isEmpty())
                .forEach(field -> script.append(branch(type + "." + field.key(), field.words())));
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
