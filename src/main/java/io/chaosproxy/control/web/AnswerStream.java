package io.chaosproxy.control.web;

import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** Body of an answer: a short one is sent with its length, a longer one in pieces. Confined to the thread of the request. */
final class AnswerStream extends OutputStream {
    /** Bytes that are sent at a time. */
    private static final int PIECE = 8 * 1024;

    private static final OutputStream NONE = OutputStream.nullOutputStream();

    private final ServerResponse response;
    private final byte[] first = new byte[PIECE];
    private int length; // of the first piece
    private OutputStream rest = NONE;

    AnswerStream(ServerResponse response) {
        this.response = response;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        if (rest == NONE && count <= first.length - length) {
            System.arraycopy(bytes, offset, first, length, count);
            length += count;
        } else {
            begin();
            rest.write(bytes, offset, count);
        }
    }

    private void begin() throws IOException {
        if (rest == NONE) {
            rest = response.outputStream();
            rest.write(first, 0, length);
        }
    }

    /** The answer is complete; one that is closed without this is cut off. */
    void end() throws IOException {
        if (rest == NONE) {
            response.send(Arrays.copyOf(first, length));
        } else {
            rest.close();
        }
    }
}
