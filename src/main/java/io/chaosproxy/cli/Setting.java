package io.chaosproxy.cli;

import io.chaosproxy.config.ConfigReference;
import io.chaosproxy.config.ConfigReference.ConfigField;
import io.chaosproxy.fault.Protocol;
import java.util.List;
import java.util.Locale;

/**
 * A key of a proxy in the configuration that is an option of the command line as well.
 *
 * @param key as the configuration spells it, dots included
 * @param option name behind two dashes
 * @param label placeholder for the value in the help; empty for a switch
 * @param isList whether it may be given several times, or several values with commas between them
 */
record Setting(String key, String option, String label, boolean isList, String description) {
    private static final String SEVERAL = ", one or several";

    static final Setting LISTEN =
            new Setting("listen", "--listen", "HOST:PORT", false, "Listen address; port 0 for an ephemeral port.");
    static final Setting UPSTREAM = new Setting(
            "upstream",
            "--upstream",
            "ADDRESS",
            false,
            "Upstream address: host:port, or tls://host:port to connect with TLS; for http a URL.");

    /** In place of the other options of {@link #TLS}. */
    static final Setting PASSTHROUGH = new Setting(
            "tls",
            "--tls-passthrough",
            "",
            false,
            "Forwards TLS unchanged; rules can match the server name of the handshake.");

    /** Faults of the short form. */
    static final List<Setting> FAULTS =
            ConfigReference.shortForm().stream().map(Setting::of).toList();

    private static final List<Setting> ALL_TLS = ConfigReference.tls().stream()
            .filter(field -> !field.key().contains(".NAME."))
            .map(Setting::of)
            .toList();

    /** TLS of the listener and of the upstream; further certificates of a listener need a file. */
    static final List<Setting> TLS =
            ALL_TLS.stream().filter(setting -> !setting.isIn("intercept")).toList();

    /** Interception by a forward proxy. */
    static final List<Setting> INTERCEPT =
            ALL_TLS.stream().filter(setting -> setting.isIn("intercept")).toList();

    /** Options of a proxy of this protocol other than faults. */
    static List<Setting> service(Protocol protocol) {
        return ConfigReference.options(protocol).stream().map(Setting::of).toList();
    }

    private static Setting of(ConfigField field) {
        String words = field.words().isEmpty() ? "" : " (" + field.values() + ")";
        String defaultValue =
                field.defaultValue().map(value -> "; default " + value).orElse("");
        boolean isList = field.values().endsWith(SEVERAL);
        String summary = field.summary() + (isList ? "; several with commas between them" : "");
        return new Setting(
                field.key(),
                option(field.key()),
                label(field),
                isList,
                summary.substring(0, 1).toUpperCase(Locale.ROOT) + summary.substring(1) + words + defaultValue + ".");
    }

    private static String option(String key) {
        return "--" + key.replaceFirst("^(tls|intercept)\\.", "$1-").replaceFirst("^upstream-tls\\.", "upstream-");
    }

    private static String label(ConfigField field) {
        return switch (field.values()) {
            case "duration" -> "TIME";
            case "size", "bytes per second" -> "SIZE";
            case "whole number", "number" -> "N";
            case "the name of a file" -> "FILE";
            case "true or false" -> "";
            default -> "WORD";
        };
    }

    /** Whether the setting belongs to the object under a key of the configuration. */
    boolean isIn(String object) {
        return key.startsWith(object + ".");
    }
}
