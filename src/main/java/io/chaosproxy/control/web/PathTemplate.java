package io.chaosproxy.control.web;

import io.chaosproxy.text.PercentEncoding;
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
     * @param given segments of the path, each decoded
     */
    Optional<Map<String, String>> match(List<String> given) {
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

    /** Segments of a path; the first one is empty, since a path starts with a slash. */
    static List<String> segments(String path) {
        return List.of(path.split("/", -1));
    }

    /** Decoded segments of a path as it was sent; an encoded slash is a part of a name (RFC 3986 §2.2). */
    static List<String> decodedSegments(String rawPath) {
        return segments(rawPath).stream().map(PathTemplate::decoded).toList();
    }

    private static String decoded(String segment) {
        try {
            return PercentEncoding.decode(segment);
        } catch (IllegalArgumentException e) {
            return segment; // that no route has
        }
    }

    /** As in an OpenAPI document. */
    @Override
    public String toString() {
        return text;
    }
}
