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
 * @param words that the value may be, for completion; empty if it may be another
 */
record Setting(String key, String option, String label, boolean isList, String description, List<String> words) {
    private static final String SEVERAL = ", one or several";

    static final Setting LISTEN = of("listen", "HOST:PORT", "Listen address; port 0 for an ephemeral port.");
    private static final Setting UPSTREAM =
            of("upstream", "ADDRESS", "Upstream address: host:port, or tls://host:port to connect with TLS.");
    private static final Setting HTTP_UPSTREAM = of(
            "upstream",
            "ADDRESS",
            "Upstream address: a URL with http:// or https://, to connect with TLS; or host:port.");

    /** In place of the other options of {@link #TLS}. */
    static final Setting PASSTHROUGH = new Setting(
            "tls",
            "--tls-passthrough",
            "",
            false,
            "Forwards TLS unchanged; rules can match the server name of the handshake.",
            List.of());

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

    /** Where proxies of this protocol connect to. */
    static Setting upstream(Protocol protocol) {
        return protocol == Protocol.HTTP ? HTTP_UPSTREAM : UPSTREAM;
    }

    private static Setting of(String key, String label, String description) {
        return new Setting(key, "--" + key, label, false, description, List.of());
    }

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
                summary.substring(0, 1).toUpperCase(Locale.ROOT) + summary.substring(1) + words + defaultValue + ".",
                field.words());
    }

    private static String option(String key) {
        return "--" + key.replaceFirst("^(tls|intercept)\\.", "$1-").replaceFirst("^upstream-tls\\.", "upstream-");
    }

    /** Options with words have each a label of its own, as picocli's completion of bash keeps the words under it. */
    private static String label(ConfigField field) {
        if (!field.words().isEmpty()) {
            return field.key().replaceFirst(".*[-.]", "").toUpperCase(Locale.ROOT);
        }
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
