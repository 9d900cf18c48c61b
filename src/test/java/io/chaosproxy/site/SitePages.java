package io.chaosproxy.site;

import io.chaosproxy.config.ConfigReference;
import io.chaosproxy.config.ConfigReference.ConfigField;
import io.chaosproxy.config.ConfigReference.FaultType;
import io.chaosproxy.control.api.ApiPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The pages of the site: those of {@code src/docs}, with the fields of each fault from the table that reads the configuration; the list
 * of faults and of decisions; and the API from its OpenAPI document.
 */
final class SitePages {
    private static final Path DOCS = Path.of("src", "docs");
    private static final Path SITE = Path.of("src", "site");
    private static final Path ICON =
            Path.of("src", "main", "resources", "io", "chaosproxy", "control", "ui", "icon.svg");

    private static final Pattern LINK = Pattern.compile("(?<!!)\\[((?:[^\\[\\]]++|\\[[^]]*+])*+)]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^# (.*)$");

    private SitePages() {}

    /** Writes all of them into a folder, which has nothing else afterwards. */
    static void write(Path source) throws IOException {
        delete(source);
        copy(SITE, source);
        copy(DOCS, source);
        for (FaultType type : ConfigReference.types()) {
            Path page = source.resolve(Path.of("faults", type.name() + ".md"));
            Files.writeString(page, withFields(Files.readString(page), type));
        }
        Files.writeString(source.resolve(Path.of("faults", "index.md")), faults());
        Files.writeString(source.resolve(Path.of("decisions", "index.md")), decisions());
        Files.writeString(source.resolve("api.md"), ApiPage.text());
        Path files = Files.createDirectories(source.resolve("public"));
        Files.writeString(files.resolve("openapi.json"), ApiPage.json());
        Files.copy(ICON, files.resolve("icon.svg"));
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                if (file.toString().endsWith(".md")) {
                    Files.writeString(copy, withoutOutsideLinks(Files.readString(file), from.relativize(file)));
                } else {
                    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    /** Links to files of the repository that are not part of the site become plain text. */
    private static String withoutOutsideLinks(String text, Path page) {
        return LINK.matcher(text)
                .replaceAll(link ->
                        Matcher.quoteReplacement(isOutside(link.group(2), page) ? link.group(1) : link.group()));
    }

    private static boolean isOutside(String link, Path page) {
        return !link.matches("[a-z]+:.*|#.*|/.*")
                && page.resolveSibling(link.replaceAll("#.*", "")).normalize().startsWith("..");
    }

    static String withFields(String page, FaultType type) {
        StringBuilder fields = new StringBuilder("## Fields\n\n");
        if (type.fields().isEmpty()) {
            fields.append("None of its own.\n");
        } else {
            fields.append("| key | value | default | meaning |\n|---|---|---|---|\n");
            type.fields().forEach(field -> fields.append(row(field)));
        }
        fields.append("\n"
                + "A duration is written as `500us`, `200ms`, `2s`, `5m` or `1h`, a size as `1500`, `64KiB` or"
                + " `1MB`. Every rule also has `direction`, `probability`, `per`, `max-hits`, `ttl` and `when`:"
                + " [fields of every rule](../reference.md#fields-of-every-rule).\n\n");
        return page.replace("## Examples\n", fields + "## Examples\n");
    }

    private static String row(ConfigField field) {
        String forms = field.forms().isEmpty() ? "" : " (" + String.join(", ", field.forms()) + ")";
        String value = field.isRequired()
                ? "required"
                : field.defaultValue()
                        .filter(text -> !text.isEmpty())
                        .map(text -> "`" + text + "`")
                        .orElse("");
        return "| `%s`%s | %s | %s | %s |\n"
                .formatted(field.key(), forms, cell(field.values()), cell(value), cell(field.summary()));
    }

    private static String cell(String words) {
        return words.replace("|", "\\|").replace("<", "&lt;").replace("{{", "{&#8203;{");
    }

    private static String faults() {
        StringBuilder page = new StringBuilder("""
            # Faults

            A rule is `faults { NAME { type = TYPE, ... } }`, in a proxy or at the top level for all of them. The keys `latency`, `speed`, \
            `jitter-*` and `reset-*` of a proxy are [short forms](../configuration.md#the-short-form) of the first four; jitter is an outage.

            | type | what the traffic experiences |
            |---|---|
            """);
        ConfigReference.types()
                .forEach(type -> page.append(
                        "| [%s](%s.md) | %s |\n".formatted(type.name(), type.name(), cell(type.summary()))));
        return page.append("\n[Where faults act](../positions.md) has the positions of a connection.\n")
                .toString();
    }

    private static String decisions() throws IOException {
        StringBuilder page =
                new StringBuilder("# Decisions\n\nWhat was decided, and what was measured or tried for it.\n\n");
        try (Stream<Path> files = Files.list(DOCS.resolve("decisions"))) {
            for (Path file : files.filter(each -> each.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                Matcher heading = HEADING.matcher(Files.readString(file));
                if (!heading.find()) {
                    throw new IOException(file + " has no heading");
                }
                page.append("- [%s](%s)\n".formatted(heading.group(1), file.getFileName()));
            }
        }
        return page.toString();
    }

    /** Pages of {@code src/docs} as they are. */
    static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(DOCS)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }
}
