package io.chaosproxy.cli;

import io.chaosproxy.config.ConfigReference;
import io.chaosproxy.config.ConfigReference.ConfigField;
import io.chaosproxy.config.ConfigReference.FaultType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Keys and values that {@code ctl add} and {@code ctl replace} complete, from the reference of the configuration. */
final class CompletionFields {
    /** In the place of a type, for the keys of a proxy. */
    static final String PROXY = "proxy";

    private CompletionFields() {}

    /** Whether a command takes fields of rules or proxies. */
    static boolean takes(List<String> command) {
        return command.equals(List.of("ctl", "add")) || command.equals(List.of("ctl", "replace"));
    }

    /** Names in front of the fields of a rule: those of the proxy and the rule, or that of the rule. */
    static int before(List<String> command) {
        return command.equals(List.of("ctl", "add")) ? 2 : 1;
    }

    /**
     * Keys with an equals sign, by type of fault or {@link #PROXY}; under an empty type, the one that comes first. Rules have
     * those of {@link #ofRule} as well.
     */
    static Map<String, List<String>> keys() {
        Map<String, List<String>> keys = new LinkedHashMap<>();
        keys.put(PROXY, keys(fieldsOfProxy()));
        for (FaultType type : ConfigReference.types()) {
            keys.put(type.name(), keys(type.fields()));
        }
        keys.put("", List.of("type="));
        return keys;
    }

    /** Keys of every rule. */
    static List<String> ofRule() {
        return keys(ConfigReference.ruleFields());
    }

    private static List<String> keys(List<ConfigField> fields) {
        return List.copyOf(new LinkedHashSet<>(
                fields.stream().map(field -> field.key() + "=").toList()));
    }

    private static List<ConfigField> fieldsOfProxy() {
        return Stream.of(ConfigReference.shortForm(), ConfigReference.options(), ConfigReference.tls())
                .flatMap(List::stream)
                .filter(field -> !field.key().contains(".NAME."))
                .toList();
    }

    /**
     * Words that a key may have.
     *
     * @param type type of fault, {@link #PROXY}, or {@code *} for any
     */
    record Values(String type, String key, List<String> words) {}

    /** The first that matches type and key holds. */
    static List<Values> values() {
        List<Values> values = new ArrayList<>();
        values.add(new Values(
                "*",
                "type",
                ConfigReference.types().stream().map(FaultType::name).toList()));
        ConfigReference.types().forEach(type -> add(values, type.name(), type.fields()));
        add(values, PROXY, fieldsOfProxy());
        add(values, "*", ConfigReference.ruleFields());
        return values;
    }

    private static void add(List<Values> values, String type, List<ConfigField> fields) {
        fields.stream()
                .filter(field -> !field.words().isEmpty())
                .forEach(field -> values.add(new Values(type, field.key(), field.words())));
    }
}
