package io.chaosproxy.config;

/**
 * One thing that is wrong with a configuration.
 *
 * @param origin where it stands: {@code file:line}, or what stands for a file, such as {@code -D key}
 * @param path of the key, without the root; empty if it is about the whole
 * @param message what is wrong, without the key
 */
public record Mistake(String origin, String path, String message) {
    /** One line for a terminal. */
    @Override
    public String toString() {
        return origin + ": " + (path.isEmpty() ? "" : path + ": ") + message;
    }
}
