package io.chaosproxy.config;

import com.typesafe.config.ConfigUtil;
import io.chaosproxy.text.PlainText;

/**
 * Error in a configuration.
 *
 * @param origin source location: {@code file:line}, or the name of another origin, such as {@code -D key}; empty if it is not known
 * @param path path of the key, without the root; empty for the whole configuration
 * @param message description, without the key
 */
public record ConfigError(String origin, String path, String message) {
    /** Removes users and passwords from addresses in the texts. */
    public ConfigError {
        origin = PlainText.withoutUsers(origin);
        path = PlainText.withoutUsers(path);
        message = PlainText.withoutUsers(message);
    }

    /**
     * {@return a path of keys, in quotes where they need them}
     *
     * @param keys from the outermost on
     */
    public static String path(String... keys) {
        return ConfigUtil.joinPath(keys);
    }

    /** One line: origin, path, message. */
    @Override
    public String toString() {
        return (origin.isEmpty() ? "" : origin + ": ") + (path.isEmpty() ? "" : path + ": ") + message;
    }
}
