package io.chaosproxy.control.api;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The page of the control API, made from its OpenAPI document. */
public final class ApiPage {
    private static final List<String> METHODS = List.of("get", "put", "patch", "post", "delete");

    private final Config document =
            ConfigValueFactory.fromMap(OpenApi.document()).toConfig();
    private final StringBuilder text = new StringBuilder();

    private ApiPage() {}

    /** The OpenAPI document as JSON. */
    public static String json() {
        return ConfigValueFactory.fromMap(OpenApi.document())
                .render(ConfigRenderOptions.concise().setFormatted(true));
    }

    /** The page. */
    public static String text() {
        ApiPage page = new ApiPage();
        page.text
                .append("# Control API\n\n")
                .append(escaped(page.document.getString("info.description")))
                .append("\n\n"
                        + "The address is that of `control.listen`, `http://127.0.0.1:8474` unless it says"
                        + " otherwise. A running process has the document at `/api/v1/openapi.json`; that of this"
                        + " version is <a href=\"/openapi.json\" target=\"_self\">openapi.json</a>. [Control at"
                        + " run time](control.md) explains what the calls do, and `chaos-proxy ctl` makes"
                        + " them.\n");
        ConfigObject paths = page.document.getObject("paths");
        new TreeSet<>(paths.keySet()).forEach(path -> page.path(path, ((ConfigObject) paths.get(path)).toConfig()));
        page.schemas();
        return page.text.toString();
    }

    private void path(String path, Config operations) {
        text.append("\n## ").append(escaped(path)).append("\n");
        for (String method : METHODS) {
            if (operations.hasPath(method)) {
                operation(method, operations, operations.getConfig(method));
            }
        }
    }

    private void operation(String method, Config path, Config operation) {
        text.append("\n<span class=\"method\">")
                .append(method.toUpperCase(Locale.ROOT))
                .append("</span> ")
                .append(sentence(operation.getString("summary")))
                .append("\n");
        List<String> parameters = Stream.of(path, operation)
                .filter(from -> from.hasPath("parameters"))
                .flatMap(from -> from.getConfigList("parameters").stream())
                .map(ApiPage::parameter)
                .toList();
        if (!parameters.isEmpty()) {
            text.append("\n| parameter | in | meaning |\n|---|---|---|\n").append(String.join("", parameters));
        }
        text.append("\n| | status | body |\n|---|---|---|\n");
        if (operation.hasPath("requestBody")) {
            row("request", "", operation.getConfig("requestBody"));
        }
        ConfigObject responses = operation.getObject("responses");
        for (String status : new TreeSet<>(responses.keySet())) {
            if (!status.equals("default")) {
                row("response", status, ((ConfigObject) responses.get(status)).toConfig());
            }
        }
    }

    private static String parameter(Config parameter) {
        String fallback = parameter.hasPath("schema.default")
                ? "; " + parameter.getValue("schema.default").unwrapped() + " if left out"
                : "";
        return "| `%s` | %s | %s |\n"
                .formatted(
                        parameter.getString("name"),
                        parameter.getString("in"),
                        escaped((parameter.hasPath("description") ? parameter.getString("description") : "")
                                + fallback));
    }

    private void row(String what, String status, Config body) {
        String description = body.hasPath("description") ? body.getString("description") : "";
        String type = "";
        if (body.hasPath("content")) {
            ConfigObject content = body.getObject("content");
            type = content.keySet().stream()
                    .map(name -> "`" + name + "`" + schema(((ConfigObject) content.get(name)).toConfig()))
                    .collect(Collectors.joining(", "));
        }
        text.append("| %s | %s | %s |\n"
                .formatted(
                        what,
                        status,
                        (type + (type.isEmpty() || description.isEmpty() ? "" : ": ") + escaped(description))));
    }

    /** The schemas that a body names, as links. */
    private static String schema(Config content) {
        Set<String> names = new TreeSet<>();
        collect(content.root(), names);
        return names.isEmpty()
                ? ""
                : " of "
                        + names.stream()
                                .map(name -> "[" + name + "](#" + name.toLowerCase(Locale.ROOT) + ")")
                                .collect(Collectors.joining(", "));
    }

    private static void collect(ConfigValue value, Set<String> names) {
        if (value instanceof ConfigObject object) {
            object.forEach((key, child) -> {
                if (key.equals("$ref")) {
                    String reference = String.valueOf(child.unwrapped());
                    names.add(reference.substring(reference.lastIndexOf('/') + 1));
                }
                collect(child, names);
            });
        } else if (value instanceof ConfigList list) {
            list.forEach(child -> collect(child, names));
        }
    }

    private void schemas() {
        text.append("\n## Schemas\n");
        ConfigObject schemas = document.getObject("components.schemas");
        for (String name : new TreeSet<>(schemas.keySet())) {
            text.append("\n### ").append(name).append("\n\n");
            fields(((ConfigObject) schemas.get(name)).toConfig());
        }
    }

    private void fields(Config schema) {
        if (schema.hasPath("description")) {
            text.append(sentence(schema.getString("description"))).append("\n");
        }
        if (schema.hasPath("oneOf")) {
            String links = schema(schema);
            text.append("\nOne of").append(links.isEmpty() ? forms(schema) : links.substring(" of".length()));
            text.append(".\n");
            return;
        }
        if (schema.hasPath("allOf")) {
            for (Config part : schema.getConfigList("allOf")) {
                if (part.root().containsKey("$ref")) {
                    text.append("\nWith the fields of")
                            .append(schema(part).substring(" of".length()))
                            .append(".\n");
                } else {
                    fields(part);
                }
            }
        }
        if (schema.hasPath("properties")) {
            ConfigObject properties = schema.getObject("properties");
            text.append("\n| field | type | meaning |\n|---|---|---|\n");
            for (String key : new TreeSet<>(properties.keySet())) {
                Config property = ((ConfigObject) properties.get(key)).toConfig();
                text.append("| `%s` | %s | %s |\n"
                        .formatted(
                                key,
                                type(property),
                                property.hasPath("description") ? escaped(property.getString("description")) : ""));
            }
        }
    }

    /** Forms that have no names: type by type, with their patterns. */
    private static String forms(Config schema) {
        return schema.getConfigList("oneOf").stream()
                .map(form -> type(form)
                        + (form.hasPath("pattern") ? " that matches `" + escaped(form.getString("pattern")) + "`" : ""))
                .collect(Collectors.joining(", ", ": ", ""));
    }

    private static String type(Config property) {
        if (property.hasPath("const")) {
            return "`" + property.getValue("const").unwrapped() + "`";
        }
        if (property.hasPath("enum")) {
            return property.getList("enum").unwrapped().stream()
                    .map(word -> "`" + word + "`")
                    .collect(Collectors.joining(" "));
        }
        Set<String> names = new TreeSet<>();
        collect(property.root(), names);
        String named = names.stream()
                .map(name -> "[" + name + "](#" + name.toLowerCase(Locale.ROOT) + ")")
                .collect(Collectors.joining(", "));
        String type = property.hasPath("type")
                ? String.valueOf(property.getValue("type").unwrapped())
                : "";
        return escaped(type) + (type.isEmpty() || named.isEmpty() ? "" : " of ") + named;
    }

    private static String sentence(String words) {
        return escaped(words) + (words.endsWith(".") ? "" : ".");
    }

    private static String escaped(String words) {
        return words.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace("|", "\\|")
                .replace("{{", "{&#8203;{")
                .replace("*", "\\*");
    }
}
