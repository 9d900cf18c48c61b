package io.chaosproxy.fault;

import org.jspecify.annotations.Nullable;

/** What conditions may ask of an HTTP request. */
public interface Request {
    /** Such as {@code GET}. */
    String method();

    /** The path of the target without its query, as it was sent. */
    String path();

    /** The authority that the client asked for, empty if it named none. */
    String host();

    /** The first field of this name, in whatever case; null if there is none. */
    @Nullable
    String header(String name);
}
