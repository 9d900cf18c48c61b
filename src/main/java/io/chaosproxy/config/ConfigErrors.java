package io.chaosproxy.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Collects the distinct errors of one configuration. Confined to one thread. */
final class ConfigErrors {
    private final Set<Entry> found = new LinkedHashSet<>();
    private final Set<String> bare = new LinkedHashSet<>();
    private int count;

    private final NavigableMap<String, String> written = new TreeMap<>();

    private record Entry(SourceLocation place, String path, String message) {
        ConfigError error() {
            return new ConfigError(place.toString(), path, message);
        }
    }

    void add(SourceLocation place, String path, String message) {
        found.add(new Entry(place, path, message));
        count++;
    }

    /** Adds an error reported by the library: syntax, substitution or I/O. */
    void add(ConfigException e) {
        ConfigOrigin origin = e.origin();
        SourceLocation place = origin == null ? new SourceLocation("configuration", 0) : SourceLocation.of(origin);
        add(place, "", reason(e, origin == null ? "" : origin.description() + ": "));
    }

    private static String reason(ConfigException e, String prefix) {
        if (e.getCause() instanceof IOException cause) {
            String message = String.valueOf(cause.getMessage());
            return "can't be read: " + message.replaceFirst("^.* \\((.*)\\)$", "$1"); // without the name of the file
        }
        String message = String.valueOf(e.getMessage());
        return (message.startsWith(prefix) ? message.substring(prefix.length()) : message)
                .replaceFirst(" \\(if you intended .*", "") // advice to rename the file
                .replace("a close parentheses ')'", "a closing '}' or ')'"); // said of braces too
    }

    /** Records a number without a unit, and how it was interpreted. */
    void bare(String meaning) {
        bare.add(meaning);
    }

    /** Interpretations of the numbers without a unit. */
    List<String> bare() {
        return List.copyOf(bare);
    }

    /** Records a duration, size or rate as it is written. */
    void written(String path, String text) {
        written.put(path, text);
    }

    /** The recorded durations, sizes and rates below an object, by their path from there. */
    Map<String, String> writtenBelow(String path) {
        String prefix = path.isEmpty() ? "" : path + ".";
        Map<String, String> below = new HashMap<>();
        written.subMap(prefix, prefix + Character.MAX_VALUE)
                .forEach((key, text) -> below.put(key.substring(prefix.length()), text));
        return below;
    }

    /** Number of reported errors, including duplicates. */
    int count() {
        return count;
    }

    /** Throws if there are errors. */
    void check() {
        if (!found.isEmpty()) {
            throw new InvalidConfigException(found.stream()
                    .sorted((a, b) -> a.place.compareTo(b.place))
                    .map(Entry::error)
                    .toList());
        }
    }
}
