package io.chaosproxy.config;

import io.chaosproxy.config.ConfigReference.ConfigField;
import io.chaosproxy.config.ConfigReference.FaultType;
import java.util.List;

/** The page {@code src/docs/reference.md}, made from the tables that read and write the configuration. */
final class ReferencePage {
    private final StringBuilder text = new StringBuilder();

    private ReferencePage() {}

    /** The whole page. */
    static String text() {
        ReferencePage page = new ReferencePage();
        page.text.append("""
            # Reference of the configuration

            Every key, as the tables of the program have it. `conf/everything.conf` shows all of them in one file.

            Durations are written as 500us, 200ms, 2s, 5m or 1h; a number alone is milliseconds. Sizes are written as 1500, 64KiB or \
            1MiB, or as 64kB or 1MB for powers of ten; rates are sizes a second.

            ## Faults

            A rule is `faults { NAME { type = TYPE, ... } }`, in a proxy or for all of them. Besides the fields of its type it has the
            [fields of every rule](#fields-of-every-rule).
            """);
        ConfigReference.types().forEach(page::fault);
        page.section("## Fields of every rule", "All conditions of `when` have to hold.", ConfigReference.ruleFields());
        page.section(
                "## Short form",
                "The most common faults, as keys of a proxy or of all proxies together.",
                ConfigReference.shortForm());
        page.section("## Options of a proxy", "", ConfigReference.options());
        page.section("## TLS of a proxy", "See [tls.md](tls.md).", ConfigReference.tls());
        page.section("## The control plane", "Keys of `control`.", ConfigReference.control());
        page.section("## The cluster", "Keys of `cluster`; see [cluster.md](cluster.md).", ConfigReference.cluster());
        return page.text.toString();
    }

    private void fault(FaultType type) {
        section("### " + type.name(), sentence(type.summary()), type.fields());
    }

    private void section(String heading, String sentence, List<ConfigField> fields) {
        text.append('\n').append(heading).append("\n\n");
        if (!sentence.isEmpty()) {
            text.append(sentence).append('\n');
        }
        if (fields.isEmpty()) {
            return;
        }
        if (!sentence.isEmpty()) {
            text.append('\n');
        }
        text.append("| key | value | default | meaning |\n|---|---|---|---|\n");
        fields.forEach(this::row);
    }

    private void row(ConfigField field) {
        String forms = field.forms().isEmpty() ? "" : " (" + String.join(", ", field.forms()) + ")";
        String value = field.isRequired()
                ? "required"
                : field.defaultValue().map(text -> "`" + text + "`").orElse("");
        text.append("| `")
                .append(field.key())
                .append('`')
                .append(forms)
                .append(" | ")
                .append(cell(field.values()))
                .append(" | ")
                .append(cell(value))
                .append(" | ")
                .append(cell(field.summary()))
                .append(" |\n");
    }

    private static String cell(String words) {
        return words.replace("|", "\\|");
    }

    private static String sentence(String summary) {
        return Character.toUpperCase(summary.charAt(0)) + summary.substring(1) + ".";
    }
}
