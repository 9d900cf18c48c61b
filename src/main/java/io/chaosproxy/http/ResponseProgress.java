package io.chaosproxy.http;

import java.net.ProtocolException;
import java.nio.ByteBuffer;

/**
 * Follows the response to one GET request through the bytes of a connection, to its end. Interim responses are skipped. Confined
 * to one thread.
 */
public final class ResponseProgress {
    private static final int MAX_HEAD = 32 * 1024;

    /** Upper bound for the bytes of one call of {@link #take}. */
    public static final int MAX_TAKEN = 16 * 1024;

    private final ResponseHead head = new ResponseHead(MAX_HEAD, false);
    private final Body body = new Body(MAX_HEAD, false);
    private final ByteBuffer early = ByteBuffer.allocate(MAX_HEAD + MAX_TAKEN);
    private int status;
    private long content;

    /**
     * Takes in the next bytes; true once the response is complete.
     *
     * @throws ProtocolException if they are no response
     */
    public boolean take(ByteBuffer bytes) throws ProtocolException {
        try {
            if (status > 0) {
                return follow(bytes);
            }
            early.put(bytes);
            return findHead();
        } catch (BadMessage e) {
            throw failure(e);
        }
    }

    private boolean findHead() throws BadMessage {
        while (true) {
            ByteBuffer seen = early.duplicate().flip();
            int length = head.scan(seen);
            if (length < 0) {
                return false;
            }
            seen.position(length);
            boolean interim = head.status() < 200 && head.status() != 101;
            if (!interim) {
                status = head.status();
                body.begin(head, "GET");
                return follow(seen);
            }
            head.reset();
            early.clear().put(seen.slice());
        }
    }

    private boolean follow(ByteBuffer bytes) throws BadMessage {
        while (true) {
            switch (body.next(bytes)) {
                case CONTENT -> {
                    content += body.length();
                    bytes.position(bytes.position() + body.length());
                }
                case FRAMING -> bytes.position(bytes.position() + body.length());
                case MORE -> {
                    return false;
                }
                case COMPLETE -> {
                    return true;
                }
            }
        }
    }

    /**
     * Takes in that the connection has ended.
     *
     * @throws ProtocolException unless the response ends with it
     */
    public void end() throws ProtocolException {
        if (status == 0) {
            throw new ProtocolException("closed before a response");
        }
        try {
            body.endOfStream();
        } catch (BadMessage e) {
            throw new ProtocolException("response cut short");
        }
    }

    private static ProtocolException failure(BadMessage e) {
        return new ProtocolException("invalid response: " + e.getMessage());
    }

    /** The status of the response; 0 until its head is complete. */
    public int status() {
        return status;
    }

    /** Bytes of the body so far, without framing. */
    public long content() {
        return content;
    }
}
