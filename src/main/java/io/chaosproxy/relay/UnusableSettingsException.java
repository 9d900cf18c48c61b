package io.chaosproxy.relay;

import io.chaosproxy.config.ConfigError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Settings of proxies name files, or environment variables, that can't be used. Nothing has been changed. */
public final class UnusableSettingsException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient List<Setting> settings;
    private final transient Set<Path> files;

    /**
     * A setting that can't be used.
     *
     * @param proxy name of the proxy
     * @param key its key in the settings of the proxy, such as {@code tls.certificate}
     * @param reason names the file
     */
    public record Setting(String proxy, String key, String reason) {
        /** The setting as an error of a configuration. */
        public ConfigError error() {
            return ConfigError.ofProxy(proxy, key, reason);
        }
    }

    /**
     * At least one setting.
     *
     * @param files all that the proxies name
     */
    UnusableSettingsException(List<Setting> settings, Set<Path> files) {
        super(settings.stream()
                .map(setting -> setting.error().path() + ": " + setting.error().message())
                .collect(Collectors.joining("; ")));
        this.settings = List.copyOf(settings);
        this.files = Set.copyOf(files);
    }

    /** All settings that can't be used, at least one. */
    public List<Setting> settings() {
        return settings;
    }

    /** All files that these proxies name: another attempt may succeed when one of them changes. */
    public Set<Path> files() {
        return files;
    }
}
