package io.chaosproxy.fault;

import io.chaosproxy.flow.Direction;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A fault in terms of HTTP messages. It says what is to happen to an exchange; an http proxy carries it out. */
public non-sealed interface ExchangeFault extends Fault {
    /**
     * A response in the place of the upstream's.
     *
     * @param status 200 to 599
     * @param body UTF-8 text
     * @param headers without those that frame the message; names differ in more than case
     */
    record Response(int status, String body, Map<String, String> headers) {
        public Response {
            headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        }
    }

    /**
     * Changes of the header fields of a message.
     *
     * @param set name to value: replaced where it stands, else added at the end
     * @param remove names
     */
    record FieldEdits(Map<String, String> set, List<String> remove) {}

    /** The response that the client gets while the upstream never sees the request; empty if it sees it. */
    default Optional<Response> response() {
        return Optional.empty();
    }

    /**
     * The edits of the header of a message; empty if it stays as it is.
     *
     * @param message that of the request (up) or of the response (down)
     */
    default Optional<FieldEdits> edits(Direction message) {
        return Optional.empty();
    }

    @Override
    default boolean httpOnly() {
        return true;
    }

    @Override
    default boolean happensOnce() {
        return true;
    }
}
