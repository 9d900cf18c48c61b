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
        this.segments = PathSegments.split(text);
    }

    /** The parameters by name, if the path matches. */
    Optional<Map<String, String>> match(PathSegments given) {
        if (given.count() != segments.size()) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < segments.size(); i++) {
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

    /** As in an OpenAPI document. */
    @Override
    public String toString() {
        return text;
    }
}
