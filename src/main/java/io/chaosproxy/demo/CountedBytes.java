package io.chaosproxy.demo;

import io.helidon.http.HttpMediaType;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Download of a given size, whose byte at position p is p mod 251.
 *
 * <p>251 is prime, so a lost, doubled or shifted piece shows unless its length is a multiple of 251, which no buffer
 * and no segment is by habit. All downloads are written out of one shared block: they cost no memory of their own.
 */
final class CountedBytes implements Handler {
    /** Ten gibibytes. */
    private static final WholeNumber SIZE = new WholeNumber("N in /bytes/N", 0, 10L << 30);

    private static final int PERIOD = 251;
    private static final byte[] BLOCK = block(256 * PERIOD);
    private static final HttpMediaType OCTETS = HttpMediaType.create("application/octet-stream");

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws IOException {
        long size = SIZE.of(request.path().pathParameters().get("size"));
        response.headers().contentType(OCTETS);
        response.headers().contentLength(size);
        if (size == 0 || DemoOrigin.isHead(request)) {
            response.send();
            return;
        }
        try (OutputStream out = response.outputStream()) {
            for (long left = size; left > 0; left -= BLOCK.length) {
                out.write(BLOCK, 0, (int) Math.min(left, BLOCK.length));
            }
        }
    }

    private static byte[] block(int length) {
        byte[] block = new byte[length];
        for (int position = 0; position < length; position++) {
            block[position] = (byte) (position % PERIOD);
        }
        return block;
    }
}
