package io.chaosproxy.control.web;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pattern of a path: segments to match literally, and parameters such as {@code {proxy}}, each for one segment that isn't
 * empty.
 */
public final class PathTemplate {
    private final String text;
    private final List<String> segments;

    public PathTemplate(String text) {
        this.text = text;
        this.segments = segments(text);
    }

    /**
     * The parameters by name, if the path matches.
     *
     * @param path decoded, so that an encoded slash separates segments as well
     */
    Optional<Map<String, String>> match(String path) {
        List<String> given = segments(path);
        if (given.size() != segments.size()) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < given.size(); i++) {
            String segment = segments.get(i);
            if (isParameter(segment) && !given.get(i).isEmpty()) {
                parameters.put(segment.substring(1, segment.length() - 1), given.get(i));
            } else if (!segment.equals(given.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(parameters);
    }

    private static boolean isParameter(String segment) {
        return segment.startsWith("{");
    }

    /** The first one is empty, since a path starts with a slash. */
    private static List<String> segments(String path) {
        return List.of(path.split("/", -1));
    }

    /** As in an OpenAPI document. */
    @Override
    public String toString() {
        return text;
    }
}
