package io.chaosproxy.ctl;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** JSON as YAML 1.2 in blocks. Text is plain only where no reader of YAML takes it for something else. */
final class Yaml {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+-]+)*");
    private static final Pattern WORD = Pattern.compile("(?i)y|n|yes|no|on|off|true|false|null");

    private Yaml() {}

    static String of(ConfigObject object) {
        StringBuilder text = new StringBuilder();
        object(object, "", text);
        return text.isEmpty() ? "{}" : text.toString().stripTrailing();
    }

    private static void object(ConfigObject object, String indent, StringBuilder text) {
        new TreeMap<>(object).forEach((key, value) -> {
            text.append(indent).append(scalar(key)).append(':');
            nested(value, indent, text);
        });
    }

    private static void list(ConfigList list, String indent, StringBuilder text) {
        for (ConfigValue value : list) {
            if (value instanceof ConfigObject object && !object.isEmpty()) {
                int begin = text.length();
                object(object, indent + "  ", text);
                text.replace(begin, begin + indent.length() + 2, indent + "- ");
            } else {
                text.append(indent).append('-');
                nested(value, indent, text);
            }
        }
    }

    /** What stands behind a key or a dash. */
    private static void nested(ConfigValue value, String indent, StringBuilder text) {
        if (value instanceof ConfigObject object && !object.isEmpty()) {
            text.append('\n');
            object(object, indent + "  ", text);
        } else if (value instanceof ConfigList list && !list.isEmpty()) {
            text.append('\n');
            list(list, indent + "  ", text);
        } else {
            text.append(' ').append(scalar(value)).append('\n');
        }
    }

    private static String scalar(ConfigValue value) {
        return value.valueType() == ConfigValueType.STRING
                ? scalar((String) value.unwrapped())
                : value.render(ConfigRenderOptions.concise());
    }

    /** A string of JSON is one of YAML. */
    private static String scalar(String text) {
        return PLAIN.matcher(text).matches() && !WORD.matcher(text).matches() ? text : ConfigUtil.quoteString(text);
    }
}
