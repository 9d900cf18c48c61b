package io.chaosproxy.config;

import io.chaosproxy.fault.PlainText;

/**
 * Error in a configuration.
 *
 * @param origin source location: {@code file:line}, or the name of another origin, such as {@code -D key}
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

    /** One line: origin, path, message. */
    @Override
    public String toString() {
        return origin + ": " + (path.isEmpty() ? "" : path + ": ") + message;
    }
}
