package io.chaosproxy.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Renders objects as text, one key per line. The library's renderer sorts keys, but the order of rules is significant. */
enum ConfigRenderer {
    HOCON(" = ", "\n", " {"),
    JSON(": ", ",\n", ": {");

    /**
     * Strings written without quotes: numbers with a unit, and words except {@code true}, {@code false} and {@code null}.
     * Possessive quantifiers, because backtracking would overflow the stack on a long text.
     */
    private static final Pattern PLAIN = Pattern.compile("\\d+[a-zA-Z]+|(?!(?:true|false|null)$)[a-z]++(?:-[a-z]++)*+");

    private static final Pattern PLAIN_KEY = Pattern.compile("[a-zA-Z][a-zA-Z0-9_-]*");

    private final String equals;
    private final String between;
    private final String opening;

    ConfigRenderer(String equals, String between, String opening) {
        this.equals = equals;
        this.between = between;
        this.opening = opening;
    }

    String of(ConfigObject object) {
        return this == JSON ? "{\n" + fields(object, "  ") + "\n}\n" : fields(object, "") + "\n";
    }

    private String fields(ConfigObject object, String indent) {
        return ObjectReader.inOrder(object).stream()
                .map(field -> indent + field(field.getKey(), field.getValue(), indent))
                .collect(Collectors.joining(between));
    }

    private String field(String key, ConfigValue value, String indent) {
        String name = this == HOCON && PLAIN_KEY.matcher(key).matches() ? key : ConfigUtil.quoteString(key);
        if (value instanceof ConfigObject object) {
            return name
                    + opening
                    + (object.isEmpty() ? "}" : "\n" + fields(object, indent + "  ") + "\n" + indent + "}");
        }
        return name + equals + scalar(value);
    }

    private String scalar(ConfigValue value) {
        if (value instanceof ConfigList list) {
            return list.stream().map(this::scalar).collect(Collectors.joining(", ", "[", "]"));
        }
        return this == HOCON
                        && value.valueType() == ConfigValueType.STRING
                        && PLAIN.matcher((String) value.unwrapped()).matches()
                ? (String) value.unwrapped()
                : value.render(ConfigRenderOptions.concise());
    }
}
