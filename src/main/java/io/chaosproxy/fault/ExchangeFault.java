package io.chaosproxy.fault;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A fault in terms of HTTP messages. It says what is to happen to an exchange; an http proxy carries it out. */
public non-sealed interface ExchangeFault extends Fault {
    /**
     * A response in the place of the upstream's. All exchanges that get it share its bytes.
     *
     * @param status 200 to 599
     * @param body encoded, read-only
     * @param headers without those that frame the message; names differ in more than case
     */
    record Response(int status, ByteBuffer body, Map<String, String> headers) {
        public Response {
            body = body.asReadOnlyBuffer();
            headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        }

        /** A response with a text. */
        public static Response of(int status, String body, Map<String, String> headers) {
            return new Response(status, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), headers);
        }

        /** A view of the body with a position of its own. */
        @Override
        public ByteBuffer body() {
            return body.duplicate();
        }

        /** Characters of its header fields. */
        public long headerLength() {
            return HeaderChange.lengthOf(headers);
        }
    }

    /**
     * Changes of the header fields of a message.
     *
     * @param set name to value: replaced where it stands, else added at the end
     * @param remove names
     */
    record HeaderChange(Map<String, String> set, List<String> remove) {
        /** Characters that a header gains at most. */
        public long length() {
            return lengthOf(set);
        }

        private static long lengthOf(Map<String, String> fields) {
            long length = 0;
            for (Map.Entry<String, String> field : fields.entrySet()) {
                length += field.getKey().length() + field.getValue().length() + 4L; // colon, space, CR, LF
            }
            return length;
        }
    }

    /** The response that the client gets while the upstream never sees the request; empty if it sees it. */
    default Optional<Response> response() {
        return Optional.empty();
    }

    /**
     * The edits of the header of a message; empty if it stays as it is.
     *
     * @param message that of the request (up) or of the response (down)
     */
    default Optional<HeaderChange> edits(Direction message) {
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
