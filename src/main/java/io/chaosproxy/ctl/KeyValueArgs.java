package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.chaosproxy.terminal.Shell;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * Configuration fields as command-line arguments: {@code delay=2s when.path=/api/**}. A key given more than once is a
 * list. Values are text; the server reads numbers and flags from it, as from a file.
 */
final class KeyValueArgs {
    private KeyValueArgs() {}

    static boolean isPair(String word) {
        return word.indexOf('=') > 0;
    }

    /**
     * Converts arguments to JSON.
     *
     * @throws ParameterException naming the invalid argument
     */
    static String json(CommandSpec command, List<String> words) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals <= 0) {
                throw new ParameterException(command.commandLine(), "must be KEY=VALUE: " + word);
            }
            values.computeIfAbsent(word.substring(0, equals), key -> new ArrayList<>())
                    .add(word.substring(equals + 1));
        }
        Config all = ConfigFactory.empty();
        for (Map.Entry<String, List<String>> each : values.entrySet()) {
            List<String> given = each.getValue();
            Object value = given.size() == 1 ? given.getFirst() : given;
            try {
                all = all.withValue(each.getKey(), ConfigValueFactory.fromAnyRef(value));
            } catch (ConfigException e) {
                throw new ParameterException(command.commandLine(), "no key of a configuration: " + each.getKey(), e);
            }
        }
        return all.root().render(ConfigRenderOptions.concise());
    }

    /** Converts fields to arguments, ordered by key and quoted for a shell. */
    static String words(Config fields, Set<String> without) {
        return fields.entrySet().stream()
                .filter(each -> !without.contains(each.getKey()))
                .sorted(Map.Entry.comparingByKey())
                .flatMap(each -> values(each.getValue()).map(value -> Shell.quoted(each.getKey() + "=" + value)))
                .collect(Collectors.joining(" "));
    }

    private static Stream<String> values(ConfigValue value) {
        return value instanceof ConfigList list ? list.stream().map(KeyValueArgs::text) : Stream.of(text(value));
    }

    /** Text of a value other than an object. */
    static String text(ConfigValue value) {
        return value.valueType() == ConfigValueType.STRING
                ? (String) value.unwrapped()
                : value.render(ConfigRenderOptions.concise());
    }
}
