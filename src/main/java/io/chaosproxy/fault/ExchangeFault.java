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
        /** Copies the header fields; the body becomes read-only. */
        public Response {
            body = body.asReadOnlyBuffer();
            headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        }

        /**
         * {@return a response with a text}
         *
         * @param status status code, 200 to 599
         * @param body text, encoded as UTF-8
         * @param headers header fields without those that frame the message
         */
        public static Response of(int status, String body, Map<String, String> headers) {
            return new Response(status, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), headers);
        }

        /** {@return a view of the body with a position of its own} */
        @Override
        public ByteBuffer body() {
            return body.duplicate();
        }

        /** {@return characters of its header fields} */
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
        /** {@return characters that a header gains at most} */
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

    /** {@return the response that the client gets while the upstream never sees the request} Empty if it sees it. */
    default Optional<Response> response() {
        return Optional.empty();
    }

    /**
     * {@return the edits of the header of a message} Empty if it stays as it is.
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
