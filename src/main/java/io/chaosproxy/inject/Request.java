package io.chaosproxy.inject;

import org.jspecify.annotations.Nullable;

/** View of an HTTP request for the conditions of rules. */
public interface Request {
    /**
     * Such as {@code GET}.
     *
     * @return the method
     */
    String method();

    /** {@return the path of the target without its query, as it was sent} */
    String path();

    /** {@return method and path, with a space between them} */
    default String text() {
        return method() + " " + path();
    }

    /** {@return the authority that the client asked for, empty if it named none} */
    String host();

    /**
     * {@return the first field of this name, in whatever case} Null if there is none.
     *
     * @param name name of the field, in any case
     */
    @Nullable
    String header(String name);
}
