package io.chaosproxy.cli;

import io.chaosproxy.config.ConfigReference;
import io.chaosproxy.config.ConfigReference.ConfigField;
import java.util.List;
import java.util.Locale;

/**
 * A key of a proxy in the configuration that is an option of the command line as well.
 *
 * @param key as the configuration spells it, dots included; the option is the same behind two dashes
 * @param label placeholder for the value in the help; empty for a switch
 */
record Setting(String key, String label, String description) {
    static final Setting LISTEN = new Setting("listen", "HOST:PORT", "Listen address; port 0 for an ephemeral port.");
    static final Setting UPSTREAM =
            new Setting("upstream", "ADDRESS", "Upstream address: host:port, or a URL with http.");

    /** Faults of the short form. */
    static final List<Setting> FAULTS =
            ConfigReference.shortForm().stream().map(Setting::of).toList();

    /** Options of a proxy other than faults. */
    static final List<Setting> SERVICE =
            ConfigReference.options().stream().map(Setting::of).toList();

    private static Setting of(ConfigField field) {
        String words = field.words().isEmpty() ? "" : " (" + field.values() + ")";
        String defaultValue =
                field.defaultValue().map(value -> "; default " + value).orElse("");
        String summary = field.summary();
        return new Setting(
                field.key(),
                label(field),
                summary.substring(0, 1).toUpperCase(Locale.ROOT) + summary.substring(1) + words + defaultValue + ".");
    }

    private static String label(ConfigField field) {
        return switch (field.values()) {
            case "duration" -> "TIME";
            case "size", "bytes per second" -> "SIZE";
            case "whole number", "number" -> "N";
            case "true or false" -> "";
            default -> "WORD";
        };
    }

    String option() {
        return "--" + key;
    }
}
