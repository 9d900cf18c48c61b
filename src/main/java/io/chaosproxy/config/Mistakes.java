package io.chaosproxy.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The mistakes found so far; each is kept once. */
final class Mistakes {
    private final Set<Entry> found = new LinkedHashSet<>();
    private final Set<String> bare = new LinkedHashSet<>();
    private int count;

    private record Entry(Place place, String path, String message) {
        Mistake mistake() {
            return new Mistake(place.toString(), path, message);
        }
    }

    void add(Place place, String path, String message) {
        found.add(new Entry(place, path, message));
        count++;
    }

    /** What the library found wrong by itself: syntax, substitutions, files. */
    void add(ConfigException e) {
        ConfigOrigin origin = e.origin();
        Place place = origin == null ? new Place("configuration", 0) : Place.of(origin);
        add(place, "", reason(e, origin == null ? "" : origin.description() + ": "));
    }

    private static String reason(ConfigException e, String prefix) {
        if (e.getCause() instanceof IOException cause) {
            return "can't be read: " + cause.getMessage();
        }
        String message = String.valueOf(e.getMessage());
        return (message.startsWith(prefix) ? message.substring(prefix.length()) : message)
                .replaceFirst(" \\(if you intended .*", "") // advice to rename the file
                .replace("a close parentheses ')'", "a closing '}' or ')'"); // said of braces too
    }

    /** A number without a unit, and what it means. */
    void bare(String meaning) {
        bare.add(meaning);
    }

    /** The numbers without a unit up to now. */
    List<String> bare() {
        return List.copyOf(bare);
    }

    /** How often one was found, again or for the first time. */
    int count() {
        return count;
    }

    /** Throws what was found, if anything was. */
    void check() {
        if (!found.isEmpty()) {
            throw new ConfigMistakes(found.stream()
                    .sorted((a, b) -> a.place.compareTo(b.place))
                    .map(Entry::mistake)
                    .toList());
        }
    }
}
