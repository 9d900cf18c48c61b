package io.chaosproxy.control.web;

import io.chaosproxy.text.PercentEncoding;
import java.util.List;

/** Decoded segments of the path of a request; the first one is empty, since a path starts with a slash. */
public final class PathSegments {
    private final List<String> segments;

    private PathSegments(List<String> segments) {
        this.segments = segments;
    }

    /** Those of a path that has been decoded, so that an encoded slash separates segments as well. */
    public static PathSegments ofDecoded(String path) {
        return new PathSegments(split(path));
    }

    /** Those of a path as it was sent; an encoded slash is a part of a name (RFC 3986 §2.2). */
    public static PathSegments ofRaw(String path) {
        return new PathSegments(split(path).stream().map(PathSegments::decoded).toList());
    }

    static List<String> split(String path) {
        return List.of(path.split("/", -1));
    }

    private static String decoded(String segment) {
        try {
            return PercentEncoding.decode(segment);
        } catch (IllegalArgumentException e) {
            return segment; // that no route has
        }
    }

    int count() {
        return segments.size();
    }

    String get(int place) {
        return segments.get(place);
    }
}
