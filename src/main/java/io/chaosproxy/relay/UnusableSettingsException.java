package io.chaosproxy.relay;

import io.chaosproxy.config.ConfigError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Settings of proxies or of the cluster that can't be used: files, environment variables, a password. Nothing has been changed. */
public final class UnusableSettingsException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient List<Setting> settings;
    private final transient Set<Path> files;

    /**
     * A setting that can't be used.
     *
     * @param section path of the object that has the key: a proxy or {@code cluster}
     * @param key its key there, such as {@code tls.certificate}
     * @param reason names the file
     */
    public record Setting(String section, String key, String reason) {
        /** The setting as an error of a configuration. */
        public ConfigError error() {
            return new ConfigError("", section + "." + key, reason);
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

    /**
     * {@return an exception for one setting of the cluster}
     *
     * @param key its key in the section {@code cluster}
     * @param reason what can't be used, and why
     */
    public static UnusableSettingsException ofCluster(String key, String reason) {
        return new UnusableSettingsException(List.of(new Setting("cluster", key, reason)), Set.of());
    }

    /** {@return an exception for one setting of the cluster, with its cause} */
    public static UnusableSettingsException ofCluster(String key, String reason, Throwable cause) {
        UnusableSettingsException unusable = ofCluster(key, reason);
        unusable.initCause(cause);
        return unusable;
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
